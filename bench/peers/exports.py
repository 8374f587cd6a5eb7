"""
Classifiers of torchvision and timm by both exporters of PyTorch, with PyTorch's logits and input gradients as references.

usage: python exports.py OUTDIR [--only PATTERN] [--again]      (needs torch, torchvision, timm, onnx, onnxscript, onnxruntime)

For every network of `exports_catalog.py`:
  NAME.torchscript.onnx   operator set 17, any batch size
  NAME.dynamo.onnx        operator set 20, any batch size
  NAME.dynamo-fixed.onnx  a batch of one: for some, and for those that the exporter refuses with any batch size
  NAME.npz                x [2, 3, H, W] in 0 to 1, label [2], y (logits [2, 10]) and gradient (of the summed cross-entropy, as x)
and MANIFEST.json: for each file its status, size and the distance of ONNX Runtime's logits from PyTorch's; for each network the
distance of its gradient in float32 from that in float64, which no other implementation can be expected to beat.
Finished networks are skipped when the script is started again.
"""

import argparse
import copy
import fnmatch
import json
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from common import without_traces
from exports_catalog import ALSO_FIXED, catalog

BATCH = 2
VANISHING = 1e-3  # largest magnitude of parameters that an initialization meant as zero: layer scales, last normalizations


def images(count, size):
    """Random images [count, 3, size, size] in 0 to 1 that differ in colour, contrast and large shapes, not in noise alone."""
    shapes = F.interpolate(torch.rand(count, 3, 4, 4), size=(size, size), mode="bilinear", align_corners=False)
    light = torch.rand(count, 3, 1, 1)
    return (0.5 * shapes + 0.3 * light + 0.2 * torch.rand(count, 3, size, size)).clamp(0, 1)


def randomized(model, size):
    """
    The network in evaluation mode with no part of it switched off.

    Parameters that start at zero (or at 1e-6, as layer scales do) become random, weights much smaller than 1 / sqrt(inputs)
    are scaled up, so that attention is not uniform, and normalizations get the statistics of random images and their own scales.
    """
    model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
        if parameter.abs().max() <= VANISHING:
            parameter.normal_(0, 0.1)
        elif parameter.dim() in (2, 4) and parameter.shape[0] > 1:
            wanted = parameter[0].numel() ** -0.5
            if 0 < parameter.std() < wanted / 2:
                parameter.mul_(wanted / parameter.std())
        elif bool((parameter == 1).all()):
            parameter.uniform_(0.8, 1.2)
    normalizations = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    for module in normalizations:
        module.train()
        module.momentum = 1.0
    with torch.no_grad():
        model(images(16, size))
    for module in normalizations:
        module.eval()
        module.momentum = 0.1
        module.running_mean += 0.1 * module.running_var.sqrt() * torch.randn_like(module.running_mean)
        module.running_var *= torch.empty_like(module.running_var).uniform_(0.8, 1.25)
    return model


def reference(model, x, label):
    """Logits and the input gradient of the summed cross-entropy."""
    leaf = x.clone().requires_grad_(True)
    logits = model(leaf)
    (gradient,) = torch.autograd.grad(F.cross_entropy(logits, label, reduction="sum"), leaf)
    return logits.detach(), gradient


def distance(a, b):
    """Largest difference as a share of the largest magnitude of b."""
    a, b = (np.asarray(values, np.float64) for values in (a, b))
    return float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-30))


def noise(model, x, label, gradient):
    """Distance of the gradient from that of the same network in double precision, or None where it has no such form."""
    try:
        _, exact = reference(copy.deepcopy(model).double(), x.double(), label)
        return distance(gradient, exact)
    except Exception:  # a constant of the network is float32
        return None


def by_torchscript(model, x, path):
    free = {0: "N"}
    torch.onnx.export(
        model, (x,), path, dynamo=False, opset_version=17, input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": free, "logits": free},
    )


def by_dynamo(model, x, path):
    torch.onnx.export(
        model, (x,), path, dynamo=True, opset_version=20, input_names=["image"], output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("N")},), external_data=False, verbose=False,
    )


def by_dynamo_fixed(model, x, path):
    torch.onnx.export(
        model, (x[:1],), path, dynamo=True, opset_version=20, input_names=["image"], output_names=["logits"],
        external_data=False, verbose=False,
    )


EXPORTERS = {"torchscript": by_torchscript, "dynamo": by_dynamo, "dynamo-fixed": by_dynamo_fixed}


def run(path, x, one_by_one):
    """Logits by ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    batches = np.split(x, len(x)) if one_by_one else [x]
    return np.concatenate([session.run(["logits"], {"image": batch})[0] for batch in batches])


def first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def write(model, exporter, x, y, path):
    """One file and its line of the manifest."""
    started = time.time()
    try:
        EXPORTERS[exporter](model, x, str(path))
        onnx.save(without_traces(onnx.load(path)), path)
    except Exception as error:
        path.unlink(missing_ok=True)
        return {"status": "not exported", "why": first_line(error)}
    entry = {"status": "exported", "bytes": path.stat().st_size, "seconds": round(time.time() - started, 1)}
    fixed = exporter.endswith("-fixed")
    try:
        entry["logits"] = distance(run(str(path), x.numpy(), fixed), y)
    except Exception as error:
        return {**entry, "status": "does not run", "why": first_line(error)}
    if not fixed:
        try:  # the exporter may have written the batch size of the example as a constant
            run(str(path), np.concatenate([x.numpy()] * 2)[:3], False)
        except Exception:
            entry["status"] = "exported, fixed batch"
    return entry


def export(name, size, build, folder):
    """All files of one network; its entry of the manifest."""
    torch.manual_seed(sum(name.encode()))
    model = randomized(build(), size)
    x, label = images(BATCH, size), torch.arange(BATCH) + 1
    y, gradient = reference(model, x, label)
    if not bool(torch.isfinite(gradient).all()) or float(gradient.abs().max()) == 0:
        raise ValueError("the gradient of PyTorch is zero or not finite")
    arrays = {"x": x, "y": y, "label": label, "gradient": gradient}
    np.savez(folder / f"{name}.npz", **{key: value.numpy() for key, value in arrays.items()})
    exact = noise(model, x, label, gradient)
    files = {exporter: write(model, exporter, x, y, folder / f"{name}.{exporter}.onnx")
             for exporter in ("torchscript", "dynamo")}
    if name in ALSO_FIXED or files["dynamo"]["status"] != "exported":
        files["dynamo-fixed"] = write(model, "dynamo-fixed", x, y, folder / f"{name}.dynamo-fixed.onnx")
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {"size": size, "parameters": parameters, "float32Noise": exact, "files": files}


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUTDIR")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="names, with * and ?; several with commas")
    parser.add_argument("--again", action="store_true", help="also those that the manifest has already")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    record = options.out / "MANIFEST.json"
    manifest = json.loads(record.read_text()) if record.exists() else {}
    for name, (size, build) in catalog().items():
        if not any(fnmatch.fnmatch(name, pattern) for pattern in options.only.split(",")):
            continue
        if name in manifest and not options.again:
            continue
        try:
            manifest[name] = export(name, size, build, options.out)
            states = {exporter: entry["status"] for exporter, entry in manifest[name]["files"].items()}
        except Exception as error:
            traceback.print_exc()
            manifest[name], states = {"status": "not built", "why": first_line(error)}, "not built"
        record.write_text(json.dumps(manifest, indent=1) + "\n")
        print(name, states, flush=True)


if __name__ == "__main__":
    main()
