"""
Small quantized networks with straight-through gradients of their PyTorch twins as references.

usage: python fake_quantized_twins.py --mnist FOLDER --out OUTDIR [--only PATTERN]
(needs torch, onnx, onnxruntime; FOLDER holds the four IDX files of MNIST)

Trains five networks of a few hundred to some thousand weights on MNIST at 14 x 14 pixels, quantizes them with
onnxruntime.quantization, and writes for each form NAME.onnx and NAME.npz with x [8, 1, 14, 14] in 0 to 1,
label [8], y (logits [8, 10]) and gradient (of the summed cross-entropy, in the shape of x), both of the
twin in `quantized_twin.py`. The images are those farthest from a value that rounds the other way, so that
another order of additions does not change the integers.
The logits are compared with those of ONNX Runtime on the file itself.
"""

import argparse
import fnmatch
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.matmul_nbits_quantizer import (
    DefaultWeightOnlyQuantConfig,
    MatMulNBitsQuantizer,
)
from onnxruntime.quantization.onnx_model import ONNXModel
from onnxruntime.quantization.shape_inference import quant_pre_process

from common import MNIST_TEST, MNIST_TRAIN, mnist, without_traces
from quantized_twin import Twin
from small_networks import NETWORKS

ROWS, CALIBRATION, CANDIDATES, TRIES = 8, 64, 10_000, 400
SURE = 0.95
CONTRAST = 0.85  # of the images for calibration: the brightest values of the others saturate


def static(layout, activation, weight, per_channel=False, **more):
    def quantize(source, target, reader):
        quantize_static(
            source,
            target,
            reader,
            quant_format=layout,
            per_channel=per_channel,
            activation_type=activation,
            weight_type=weight,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options=more,
        )

    return quantize


def dynamic(weight):
    return lambda source, target, reader: quantize_dynamic(source, target, weight_type=weight)


def optimized(source, target, reader):
    """Dynamic, then with the fused operators of ONNX Runtime."""
    quantize_dynamic(source, target, weight_type=QuantType.QUInt8)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = target
    onnxruntime.InferenceSession(target, options, providers=["CPUExecutionProvider"])


def four_bits(layout):
    """Weights alone, four bits, a scale for each block of 32."""

    def quantize(source, target, reader):
        config = DefaultWeightOnlyQuantConfig(
            block_size=32, is_symmetric=layout == QuantFormat.QDQ, quant_format=layout
        )
        matrices = ONNXModel(onnx.load(source))
        matrices.replace_gemm_with_matmul()
        quantizer = MatMulNBitsQuantizer(matrices.model, algo_config=config)
        quantizer.process()
        onnx.save(quantizer.model.model, target)

    return quantize


U8, S8, U16, S16, S4 = QuantType.QUInt8, QuantType.QInt8, QuantType.QUInt16, QuantType.QInt16, QuantType.QInt4
QDQ, QOP = QuantFormat.QDQ, QuantFormat.QOperator
FORMS = {
    "cnn": {
        "qdq-u8s8": static(QDQ, U8, S8),
        "qdq-u8s8-channel": static(QDQ, U8, S8, True),
        "qdq-s8s8-channel": static(QDQ, S8, S8, True, ActivationSymmetric=True),
        "qdq-u16s8-channel": static(QDQ, U16, S8, True),
        "qdq-s16s16": static(QDQ, S16, S16, ActivationSymmetric=True),
        "qdq-u8s4": static(QDQ, U8, S4),
        "qop-u8u8": static(QOP, U8, U8),
        "qop-u8s8-channel": static(QOP, U8, S8, True),
        "qop-s8s8": static(QOP, S8, S8),
        "dynamic": dynamic(U8),
    },
    "branches": {
        "qdq-u8s8-channel": static(QDQ, U8, S8, True),
        "qop-u8s8": static(QOP, U8, S8),
        "dynamic": dynamic(U8),
    },
    "mlp": {
        "qdq-u8s8-channel": static(QDQ, U8, S8, True),
        "qop-u8s8": static(QOP, U8, S8),
        "dynamic": dynamic(S8),
        "dynamic-optimized": optimized,
        "int4-blocks": four_bits(QDQ),
        "int4-nbits": four_bits(QOP),
    },
    "attention": {"qdq-u8s8": static(QDQ, U8, S8), "qop-u8u8": static(QOP, U8, U8), "dynamic": dynamic(U8)},
    "maxpool": {"qdq-u8s8": static(QDQ, U8, S8), "qop-u8s8": static(QOP, U8, S8)},
}


class Reader(CalibrationDataReader):
    def __init__(self, images):
        self.rest = list(images.split(16))

    def get_next(self):
        return {"image": self.rest.pop(0).numpy()} if self.rest else None


def small(folder, names):
    """MNIST at half its size, 0 to 1 in steps of 1/255 [N, 1, 14, 14], and its labels."""
    images, labels = mnist(folder, names)
    return F.avg_pool2d(images.float(), 2).round() / 255, labels


def trained(build, images, labels, steps=2500, batch=64):
    torch.manual_seed(1)
    model = build()
    optimizer = torch.optim.Adam(model.parameters(), 4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, steps)
    for _ in range(steps):
        chosen = torch.randint(len(labels), (batch,))
        loss = F.cross_entropy(model(images[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def float_file(model, path):
    axes = {"image": {0: "N"}, "logits": {0: "N"}}
    names = {"input_names": ["image"], "output_names": ["logits"], "dynamic_axes": axes}
    torch.onnx.export(model, (torch.rand(2, 1, 14, 14),), path, dynamo=False, opset_version=17, **names)
    quant_pre_process(path, path)


def straight_through(twin, x, label):
    """Logits, input gradient and margins of the twin."""
    leaf = x.clone().requires_grad_(True)
    logits = twin(leaf)
    (gradient,) = torch.autograd.grad(F.cross_entropy(logits, label, reduction="sum"), leaf)
    return logits.detach(), gradient, twin.margins


def rows(twin, images, labels, dependent):
    """
    The images farthest from a rounding; where images of a batch depend on each other, the best of many
    batches. Those with a probability near 1 are left out: the cotangent of their logits is a difference of
    two nearly equal numbers.
    """
    with torch.no_grad():
        unsure = twin(images).softmax(1).gather(1, labels[:, None])[:, 0] < SURE
        images = images[unsure]
        if not dependent:
            twin(images)
            return unsure.nonzero()[:, 0][twin.margins.argsort(descending=True)[:ROWS]]
        best, chosen = -1.0, None
        for _ in range(TRIES):
            some = torch.randperm(len(images))[:ROWS]
            twin(images[some])
            if float(twin.margins.min()) > best:
                best, chosen = float(twin.margins.min()), some
        return unsure.nonzero()[:, 0][chosen]


def deployed(path, x, optimize):
    options = onnxruntime.SessionOptions()
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimize else level.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"image": x.numpy()})[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="*", metavar="PATTERN")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    train, test = small(options.mnist, MNIST_TRAIN), small(options.mnist, MNIST_TEST)
    for network, forms in FORMS.items():
        if not any(fnmatch.fnmatch(f"{network}.{form}", options.only) for form in forms):
            continue
        with tempfile.TemporaryDirectory() as folder:
            source = f"{folder}/float.onnx"
            float_file(trained(NETWORKS[network], *train), source)
            for form, quantize in forms.items():
                name = f"{network}.{form}"
                if not fnmatch.fnmatch(name, options.only):
                    continue
                path = options.out / f"{name}.onnx"
                quantize(source, str(path), Reader(CONTRAST * train[0][:CALIBRATION]))
                onnx.save(without_traces(onnx.load(path)), path)
                print(json.dumps({"name": name, **reference(path, *test)}), flush=True)


def reference(path, images, labels):
    """Writes NAME.npz; how well the twin agrees with the file."""
    twin = Twin(str(path))
    chosen = rows(twin, images[:CANDIDATES], labels[:CANDIDATES], "dynamic" in path.name)
    x, label = images[chosen], labels[chosen]
    y, gradient, margins = straight_through(twin, x, label)
    arrays = {"x": x, "label": label, "y": y, "gradient": gradient}
    np.savez_compressed(path.with_suffix(".npz"), **{key: value.numpy() for key, value in arrays.items()})
    with torch.no_grad():
        right = (twin(images[:2000]).argmax(1) == labels[:2000]).float().mean()
    apart = [float(np.abs(deployed(path, x, optimize) - y.numpy()).max()) for optimize in (False, True)]
    return {
        "accuracy": float(right),
        "margin": float(margins.min()),
        "logitsApart": apart,
        "largestGradient": float(gradient.abs().max()),
        "bytes": path.stat().st_size + path.with_suffix(".npz").stat().st_size,
        "operators": sorted({node.op_type for node in onnx.load(path).graph.node}),
    }


if __name__ == "__main__":
    main()
