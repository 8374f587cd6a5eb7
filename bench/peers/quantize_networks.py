"""
Trains a MobileNetV2 and a small vision transformer for CIFAR-10 and writes their deployed forms.

usage: python quantize_networks.py mobilenetv2|vit --data cifar-10-batches-bin --out OUTDIR [--epochs N]
(needs torch, onnx, onnxruntime, onnxconverter-common)

Both take [N, 3, 32, 32], normalized by the mean and deviation of CIFAR-10, and give logits. The files:
  NAME.float.onnx      operator set 17, any batch size
  NAME.int8-qdq.onnx   static: QuantizeLinear and DequantizeLinear around float operators;
                       int8 weights per channel, uint8 activations
  NAME.int8-qop.onnx   static: integer operators (QLinearConv, QGemm ...), the same calibration
  NAME.dynamic.onnx    dynamic: int8 weights, activations quantized by the range of each batch
  NAME.fp16.onnx       float16 inside, float32 ends;  NAME.fp16-ends.onnx  float16 throughout
Training is checkpointed after every epoch and resumes; accuracies are ONNX Runtime's, in accuracies.json.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnxconverter_common import float16
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import nn

from common import CIFAR10_TEST, CIFAR10_TRAIN, cifar10, shifted, without_traces

MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
DEVIATION = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)
BATCH, CALIBRATION = 128, 500


def convolution(inputs, outputs, kernel=1, stride=1, groups=1, act=True):
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [layer, nn.BatchNorm2d(outputs)] + ([nn.ReLU6()] if act else [])


class InvertedResidual(nn.Module):
    """Widen, depthwise 3x3, project (Sandler et al. 2018)."""

    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        widen = [] if expansion == 1 else convolution(inputs, hidden)
        self.layers = nn.Sequential(
            *widen, *convolution(hidden, hidden, 3, stride, hidden), *convolution(hidden, outputs, act=False)
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


class MobileNetV2(nn.Module):
    """Width 0.5, four resolutions: 32, 16, 8 and 4."""

    STAGES = ((1, 8, 1, 1), (6, 12, 2, 2), (6, 16, 2, 2), (6, 32, 3, 1), (6, 48, 2, 1), (6, 80, 2, 2))

    def __init__(self):
        super().__init__()
        layers, inputs = convolution(3, 16, 3), 16
        for expansion, width, repeats, first in self.STAGES:
            for repeat in range(repeats):
                layers.append(InvertedResidual(inputs, width, first if repeat == 0 else 1, expansion))
                inputs = width
        self.features = nn.Sequential(*layers, *convolution(inputs, 320))
        self.classify = nn.Linear(320, 10)

    def forward(self, x):
        return self.classify(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


class Block(nn.Module):
    """Attention and a perceptron, each behind a layer normalization."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.perceptron = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        n, tokens, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(n, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, tokens, width)
        x = x + self.project(mixed)
        return x + self.perceptron(self.norm2(x))


class VisionTransformer(nn.Module):
    """Patches of 4 pixels through two convolutions (Xiao et al. 2021), a class token, learned positions."""

    def __init__(self, width=96, depth=5, heads=4):
        super().__init__()
        self.patches = nn.Sequential(*convolution(3, 32, 3, 2), nn.Conv2d(32, width, 3, 2, 1))
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.randn(1, 65, width) * 0.02)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm, self.classify = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        patches = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(x.shape[0], -1, -1), patches], 1) + self.positions
        return self.classify(self.norm(self.blocks(tokens))[:, 0])


# name: network, peak learning rate, weight decay
NETWORKS = {"mobilenetv2": (MobileNetV2, 6e-3, 5e-3), "vit": (VisionTransformer, 2e-3, 5e-2)}


def prepare(images):
    return (images.float() / 255 - MEAN) / DEVIATION


def train(model, rate, decay, images, labels, options, checkpoint):
    """AdamW on a one-cycle schedule; resumes after the last epoch that was finished."""
    model.to(memory_format=torch.channels_last)
    steps = len(labels) // BATCH
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=steps * options.epochs, pct_start=0.2
    )
    first = 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first = state["epoch"]
    for epoch in range(first, options.epochs):
        model.train()
        started, total, order = time.time(), 0.0, torch.randperm(len(labels))
        for step in range(steps):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            batch = prepare(shifted(images[chosen], 3, True)).to(memory_format=torch.channels_last)
            loss = F.cross_entropy(model(batch), labels[chosen], label_smoothing=0.05)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
            if step % 50 == 0:
                print(
                    f"epoch {epoch + 1} step {step}: {total / (step + 1):.3f}, {time.time() - started:.0f} s",
                    flush=True,
                )
        state = {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
        }
        torch.save({**state, "epoch": epoch + 1}, checkpoint)


class Reader(CalibrationDataReader):
    """Training images for the ranges of activations, 50 at a time."""

    def __init__(self, images):
        self.batches = iter(np.split(images, len(images) // 50))

    def get_next(self):
        batch = next(self.batches, None)
        return None if batch is None else {"image": batch}


def write_forms(model, images, name, folder):
    """All files of one network."""

    def path(form):
        return str(folder / f"{name}.{form}.onnx")

    axes = {"image": {0: "N"}, "logits": {0: "N"}}
    torch.onnx.export(
        model.eval(),
        (images[:2],),
        path("float"),
        dynamo=False,
        opset_version=17,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes=axes,
    )
    onnx.save(without_traces(onnx.load(path("float"))), path("float"))
    prepared = str(folder / f"{name}.prepared.onnx")
    quant_pre_process(path("float"), prepared)
    for form, layout in (("int8-qdq", QuantFormat.QDQ), ("int8-qop", QuantFormat.QOperator)):
        quantize_static(
            prepared,
            path(form),
            Reader(images.numpy()),
            quant_format=layout,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
    quantize_dynamic(
        prepared, path("dynamic"), weight_type=QuantType.QUInt8 if name == "mobilenetv2" else QuantType.QInt8
    )
    for form, keep in (("fp16", True), ("fp16-ends", False)):
        onnx.save(float16.convert_float_to_float16(onnx.load(path("float")), keep_io_types=keep), path(form))
    Path(prepared).unlink()


def accuracy(path, images, labels, batch):
    """Test images that ONNX Runtime gets right with batches of this size."""
    session_options = onnxruntime.SessionOptions()
    session_options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(path), session_options, providers=["CPUExecutionProvider"])
    kind = np.float16 if session.get_inputs()[0].type == "tensor(float16)" else np.float32
    parts = np.split(images.astype(kind), len(images) // batch)
    logits = np.concatenate([session.run(None, {"image": part})[0] for part in parts])
    return int((logits.argmax(1) == labels).sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--test-images", type=int, default=2000)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    build, rate, decay = NETWORKS[options.network]
    model = build()
    images, labels = cifar10(options.data, CIFAR10_TRAIN)
    train(model, rate, decay, images, labels, options, options.out / f"{options.network}.checkpoint.pt")
    model.to(memory_format=torch.contiguous_format)
    write_forms(model, prepare(images[:CALIBRATION]), options.network, options.out)
    test, wanted = (values[: options.test_images] for values in cifar10(options.data, CIFAR10_TEST))
    test, wanted = prepare(test).numpy(), wanted.numpy()
    record = options.out / "accuracies.json"
    results = json.loads(record.read_text()) if record.exists() else {}
    for path in sorted(options.out.glob(f"{options.network}.*.onnx")):
        batch = 1 if ".dynamic." in path.name else 100  # its ranges are those of the whole batch
        entry = {"correct": accuracy(path, test, wanted, batch), "total": len(wanted), "batch": batch}
        results[path.name] = {**entry, "bytes": path.stat().st_size}
        print(path.name, results[path.name], flush=True)
    record.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
