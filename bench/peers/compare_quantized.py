"""
Quantizes the networks of models/ as ONNX Runtime does, and compares with what `foolproof compress` makes.

usage: python compare_quantized.py --cifar cifar-10-batches-bin --mnist MNIST --ours FOLDER --out FOLDER
       [--test-images 2000]
(needs numpy, onnx, onnxruntime; torch for reading the data)

FOLDER of --ours holds NAME.static.onnx and NAME.dynamic.onnx of each network:
  foolproof compress models/NAME.onnx --data DATA --activations static --out FOLDER/NAME.static.onnx
  foolproof compress models/NAME.onnx --data DATA --activations dynamic --out FOLDER/NAME.dynamic.onnx
Both calibrate on 500 training images by their extremes, with int8 weights per channel and uint8 activations.
Accuracies are ONNX Runtime's on the first test images; times those of one thread, the median of all batches.
"""

import argparse
import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnx.version_converter
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from common import CIFAR10_TEST, CIFAR10_TRAIN, MNIST_TEST, MNIST_TRAIN, cifar10, mnist

MODELS = Path(__file__).parent / "models"
CALIBRATION = 500
MEAN = np.array([0.4914, 0.4822, 0.4465], np.float32).reshape(3, 1, 1)
DEVIATION = np.array([0.2470, 0.2435, 0.2616], np.float32).reshape(3, 1, 1)
DIGITS = np.array([2, 5, 7, 0, 9, 3, 6, 8, 1, 4])

# name: data, batch size that the file fixes, images as it takes them, classes as the data count them
NETWORKS = {
    "lenet-mnist": ("mnist", 64, lambda x: (x.reshape(len(x), -1) * 2 - 1), lambda k: DIGITS[k]),
    "resnet-cifar10": ("cifar10", None, lambda x: (x - MEAN) / DEVIATION, lambda k: k),
    "mobilenet-cifar10": ("cifar10", None, lambda x: x.transpose(0, 2, 3, 1) * 255, lambda k: k),
}


class Reader(CalibrationDataReader):
    """Training images, batch by batch."""

    def __init__(self, name, images, batch):
        count = len(images) // batch * batch
        self.batches = iter([{name: part} for part in np.split(images[:count], count // batch)])

    def get_next(self):
        return next(self.batches, None)


def measured(path, images, labels, batch, order):
    """Accuracy, milliseconds for each image, bytes and operators of a file."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    padded = np.concatenate([images, images[: -len(images) % batch]])
    correct, times = [], []
    for start in range(0, len(padded), batch):
        started = time.perf_counter()
        logits = session.run(None, {name: padded[start : start + batch]})[0]
        times.append(time.perf_counter() - started)
        correct.append(order(logits.argmax(1)))
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    return {
        "correct": int((np.concatenate(correct)[: len(labels)] == labels).sum()),
        "total": len(labels),
        "milliseconds": round(1000 * float(np.median(times)) / batch, 3),
        "bytes": path.stat().st_size,
        "operators": dict(Counter(node.op_type for node in model.graph.node).most_common()),
    }


def quantized(name, images, batch, folder):
    """What ONNX Runtime makes of a network."""
    prepared, static, dynamic = (folder / f"{name}.{form}.onnx" for form in ("prepared", "static", "dynamic"))
    model = onnx.load(MODELS / f"{name}.onnx")
    # Scales for each channel came with operator set 13.
    if model.opset_import[0].version < 13:
        model = onnx.version_converter.convert_version(model, 17)
    onnx.save(model, prepared)
    quant_pre_process(str(prepared), str(prepared))
    input_name = onnx.load(prepared).graph.input[0].name
    quantize_static(
        str(prepared),
        str(static),
        Reader(input_name, images, batch or 50),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    # ConvInteger has no int8 weights.
    quantize_dynamic(str(prepared), str(dynamic), weight_type=QuantType.QUInt8)
    return {"static": static, "dynamic": dynamic}


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    for flag in ("cifar", "mnist", "ours", "out"):
        parser.add_argument(f"--{flag}", type=Path, required=True)
    parser.add_argument("--test-images", type=int, default=2000)
    parser.add_argument("--only", choices=NETWORKS)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    data = {
        "mnist": [mnist(options.mnist, part) for part in (MNIST_TRAIN, MNIST_TEST)],
        "cifar10": [cifar10(options.cifar, part) for part in (CIFAR10_TRAIN, CIFAR10_TEST)],
    }
    record = options.out / "quantized.json"
    results = json.loads(record.read_text()) if record.exists() else {}
    for name, (source, batch, prepare, order) in NETWORKS.items():
        if options.only not in (None, name):
            continue
        (train, _), (test, labels) = data[source]
        images = prepare(test[: options.test_images].numpy().astype(np.float32) / 255).astype(np.float32)
        wanted = labels[: options.test_images].numpy()
        calibration = prepare(train[:CALIBRATION].numpy().astype(np.float32) / 255).astype(np.float32)
        theirs = quantized(name, calibration, batch, options.out)
        files = {"float": MODELS / f"{name}.onnx"}
        for form in ("static", "dynamic"):
            files[f"ONNX Runtime, {form}"] = theirs[form]
            files[f"foolproof, {form}"] = options.ours / f"{name}.{form}.onnx"
        results[name] = {}
        for form, path in files.items():
            # The range of a dynamic quantizer is that of the whole batch.
            size = 1 if "dynamic" in form and not (batch and "ONNX" in form) else batch or 50
            results[name][form] = measured(path, images, wanted, size, order)
            print(name, form, {k: v for k, v in results[name][form].items() if k != "operators"}, flush=True)
    record.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
