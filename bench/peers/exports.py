"""
Exports classifiers of torchvision and timm by both exporters of PyTorch.

PyTorch's logits and input gradients are the references.

usage: python exports.py OUTDIR [--only PATTERN] [--again]
(needs torch, torchvision, timm, onnx, onnxscript, onnxruntime)

For every network of `exports_catalog.py`:
  NAME.torchscript.onnx   operator set 17, any batch size
  NAME.dynamo.onnx        operator set 20, any batch size
  NAME.dynamo-fixed.onnx  batch size 1: for some, and for those refused with any batch size
  NAME.npz                x [2, 3, H, W] in 0 to 1, label [2], y (logits [2, 10]), and gradient
                          (of the summed cross-entropy, in the shape of x)
and MANIFEST.json: for each file its status, size and `logits`, the distance of ONNX Runtime's logits
from PyTorch's; for each network `noise`, the distance of its float32 gradient from the float64 one.
All distances are the largest difference, divided by the largest magnitude.
Finished networks are skipped when the script is started again.
"""

import argparse
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

from common import without_traces
from exports_catalog import ALSO_FIXED, catalog
from exports_reference import distance, example, randomized


def by_torchscript(model, x, path):
    for opset in (17, 18):  # 17 has no Col2Im
        try:
            torch.onnx.export(
                model,
                (x,),
                path,
                dynamo=False,
                opset_version=opset,
                input_names=["image"],
                output_names=["logits"],
                dynamic_axes={"image": {0: "N"}, "logits": {0: "N"}},
            )
            return
        except torch.onnx.errors.UnsupportedOperatorError as error:
            if opset == 18 or "version 18" not in str(error):
                raise


def by_dynamo(model, x, path):
    torch.onnx.export(
        model,
        (x,),
        path,
        dynamo=True,
        opset_version=20,
        input_names=["image"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("N")},),
        external_data=False,
        verbose=False,
    )


def by_dynamo_fixed(model, x, path):
    torch.onnx.export(
        model,
        (x[:1],),
        path,
        dynamo=True,
        opset_version=20,
        input_names=["image"],
        output_names=["logits"],
        external_data=False,
        verbose=False,
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


def reason(error):
    """One line of an error; the innermost where the exporter lists several."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    inner = [line.split(">: ", 1)[1] for line in lines if line.startswith("<class ") and ">: " in line]
    return (inner[:1] or lines)[0][:160]


def write(model, exporter, x, y, path):
    """One file and its line of the manifest."""
    started = time.time()
    try:
        EXPORTERS[exporter](model, x, str(path))
        onnx.save(without_traces(onnx.load(path)), path)
    except Exception as error:
        path.unlink(missing_ok=True)
        return {"status": "not exported", "why": reason(error)}
    entry = {"status": "exported", "bytes": path.stat().st_size, "seconds": round(time.time() - started, 1)}
    fixed = exporter.endswith("-fixed")
    try:
        entry["logits"] = distance(run(str(path), x.numpy(), fixed), y)
    except Exception as error:
        return {**entry, "status": "does not run", "why": reason(error)}
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
    best = example(model, size)
    x, y, gradient = best["x"], best["y"], best["gradient"]
    if not bool(torch.isfinite(gradient).all()) or float(gradient.abs().max()) == 0:
        raise ValueError("the gradient of PyTorch is zero or not finite")
    np.savez(folder / f"{name}.npz", **{key: best[key].numpy() for key in ("x", "y", "label", "gradient")})
    files = {
        exporter: write(model, exporter, x, y, folder / f"{name}.{exporter}.onnx")
        for exporter in ("torchscript", "dynamo")
    }
    if name in ALSO_FIXED or files["dynamo"]["status"] != "exported":
        files["dynamo-fixed"] = write(model, "dynamo-fixed", x, y, folder / f"{name}.dynamo-fixed.onnx")
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {"size": size, "parameters": parameters, "noise": best["noise"], "files": files}


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUTDIR")
    parser.add_argument(
        "--only", default="*", metavar="PATTERN", help="names, with * and ?; several with commas"
    )
    parser.add_argument("--again", action="store_true", help="also those that the manifest has already")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)  # a fused operator that ONNX does not have
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
            manifest[name], states = {"status": "not built", "why": reason(error)}, "not built"
        record.write_text(json.dumps(manifest, indent=1) + "\n")
        print(name, states, flush=True)


if __name__ == "__main__":
    main()
