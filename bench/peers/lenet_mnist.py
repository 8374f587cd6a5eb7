"""
A network in the style of LeNet-5 (LeCun et al. 1998) for MNIST, as an old pipeline would have left it behind.

Takes [64, 784] with values -1 to 1: rows of flattened images, 64 at a time and no other number; gives logits whose classes are the
digits in another order (DIGITS). Smooth activations and average pooling. Written by the TorchScript exporter for operator set 12.
"""

import time

import torch
from torch import nn

from common import MNIST_TEST, MNIST_TRAIN, account, arguments, correct, fit, mnist

# Class k of the model is the digit DIGITS[k].
DIGITS = (2, 5, 7, 0, 9, 3, 6, 8, 1, 4)
BATCH = 64


class LeNet(nn.Module):
    """[N, 784] in -1 to 1 -> logits [N, 10]."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(12, 32, 5), nn.ELU(), nn.AvgPool2d(2)
        )
        self.classify = nn.Sequential(nn.Linear(32 * 5 * 5, 120), nn.Sigmoid(), nn.Linear(120, 10))

    def forward(self, x):
        features = self.features(x.view(x.shape[0], 1, 28, 28))
        return self.classify(features.view(x.shape[0], -1))


def prepare(images):
    return images.flatten(1) / 127.5 - 1


def reordered(split):
    """Labels as the model counts them."""
    images, digits = split
    return images, torch.argsort(torch.tensor(DIGITS))[digits]


def main():
    options, started = arguments(__doc__, epochs=5, out="models/lenet-mnist.onnx"), time.time()
    torch.manual_seed(options.seed)
    model = LeNet()
    train, test = (reordered(mnist(options.data, names)) for names in (MNIST_TRAIN, MNIST_TEST))
    fit(model, train, prepare, options, rate=0.2, decay=1e-5, batch=128, shift=1, flip=False)
    right = correct(model, test, prepare, options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model.cpu().eval(),
        (torch.zeros(BATCH, 784),),
        str(options.out),
        dynamo=False,
        opset_version=12,
        input_names=["x"],
        output_names=["y"],
    )
    account(options, started, right, len(test[1]), digits=DIGITS)


if __name__ == "__main__":
    main()
