"""What the three networks share: the data in memory, one training loop, one account of the result."""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F

CIFAR10_TRAIN = [f"data_batch_{i}.bin" for i in range(1, 6)]
CIFAR10_TEST = ["test_batch.bin"]
MNIST_TRAIN = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
MNIST_TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def arguments(description, epochs, out):
    """The options of every script."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder with the files of the data set")
    parser.add_argument("--out", type=Path, default=Path(out), help=f"where the model goes (default {out})")
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--train-images", type=int, help="use only the first so many (for a quick try)")
    parser.add_argument("--batch", type=int, help="images of a step; the learning rate follows (for a quick try)")
    return parser.parse_args()


def cifar10(folder, names):
    """Images uint8 [N, 3, 32, 32] and labels int64 [N] of the official binary files."""
    records = np.concatenate([np.fromfile(folder / name, np.uint8) for name in names]).reshape(-1, 3073)
    return torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32)), torch.from_numpy(records[:, 0].astype(np.int64))


def mnist(folder, names):
    """Images uint8 [N, 1, 28, 28] and labels int64 [N] of two IDX files."""
    images = np.fromfile(folder / names[0], np.uint8)[16:].reshape(-1, 1, 28, 28)
    return torch.from_numpy(images), torch.from_numpy(np.fromfile(folder / names[1], np.uint8)[8:].astype(np.int64))


def shifted(images, most, flip):
    """uint8 images, each moved by up to `most` pixels over a black border and, if wanted, mirrored by the toss of a coin."""
    count, channels, height, width = images.shape
    padded = F.pad(images, (most,) * 4)
    down, right = (torch.randint(0, 2 * most + 1, (count, 1), device=images.device) for _ in range(2))
    rows = down + torch.arange(height, device=images.device)
    columns = right + torch.arange(width, device=images.device)
    if flip:
        mirrored = torch.rand(count, 1, device=images.device) < 0.5
        columns = torch.where(mirrored, columns.flip(1), columns)
    every = torch.arange(count, device=images.device)
    planes = torch.arange(channels, device=images.device)
    return padded[
        every[:, None, None, None], planes[None, :, None, None], rows[:, None, :, None], columns[:, None, None, :]
    ]


def fit(model, train, prepare, options, rate, decay=5e-4, batch=512, shift=4, flip=True):
    """
    SGD with Nesterov momentum on a one-cycle schedule, everything on the device.

    prepare: uint8 [N, C, H, W] -> what the model takes; it is the same function that the test goes through.
    """
    if options.batch:
        batch, rate = options.batch, rate * options.batch / batch
    device = torch.device(options.device)
    images, labels = (values[: options.train_images].to(device) for values in train)
    model.to(device).train()
    steps = max(1, len(labels) // batch)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=decay, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=steps * options.epochs, pct_start=0.25, cycle_momentum=False
    )
    for epoch in range(options.epochs):
        order, total = torch.randperm(len(labels), device=device), 0.0
        for step in range(steps):
            chosen = order[step * batch : (step + 1) * batch]
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
                logits = model(prepare(shifted(images[chosen], shift, flip)))
            loss = F.cross_entropy(logits.float(), labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        print(f"epoch {epoch + 1} of {options.epochs}: loss {float(total) / steps:.4f}", file=sys.stderr, flush=True)


@torch.inference_mode()
def correct(model, test, prepare, options):
    """How many test images the model gets right, in single precision."""
    model.eval()
    images, labels = (values.to(options.device) for values in test)
    pairs = zip(images.split(1000), labels.split(1000))
    return sum(int((model(prepare(some)).argmax(1) == wanted).sum()) for some, wanted in pairs)


def without_traces(graph):
    """Takes out where each node was written: the exporters keep stack traces, with the paths of the machine."""
    nodes = [*graph.graph.node, *(node for function in graph.functions for node in function.node)]
    holders = [graph, graph.graph, *nodes, *graph.graph.input, *graph.graph.output, *graph.graph.value_info, *graph.graph.initializer]
    for holder in holders:
        del holder.metadata_props[:]
        holder.ClearField("doc_string")
    return graph


def account(options, started, right, total, **more):
    """The JSON that a script prints: what was trained, how good it is, and what the file holds."""
    graph = without_traces(onnx.load(options.out))
    onnx.save(graph, options.out)
    onnx.checker.check_model(graph, full_check=True)
    values = [*graph.graph.input, *graph.graph.output]
    shapes = {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}
    print(
        json.dumps(
            {
                "model": str(options.out),
                "bytes": options.out.stat().st_size,
                "testAccuracy": {"count": right, "total": total, "value": right / total},
                "epochs": options.epochs,
                "seed": options.seed,
                "device": torch.cuda.get_device_name() if options.device.startswith("cuda") else options.device,
                "seconds": round(time.time() - started, 1),
                "torch": torch.__version__,
                "opset": graph.opset_import[0].version,
                "shapes": shapes,
                "operators": dict(sorted(Counter(node.op_type for node in graph.graph.node).items())),
                **more,
            },
            indent=2,
        )
    )
