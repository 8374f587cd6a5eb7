"""
A small MobileNet (inverted residuals with depthwise convolutions, Sandler et al. 2018; hard swish, Howard et al. 2019) for
CIFAR-10, as it would be deployed beside TensorFlow's tools.

Takes [N, 32, 32, 3] with values 0 to 255, any batch size; gives probabilities. Written by the exporter based on torch.export.
"""

import time

import torch
from torch import nn

from common import CIFAR10_TEST, CIFAR10_TRAIN, account, arguments, cifar10, correct, fit

# Expansion, channels, repeats, stride of the first, activation.
STAGES = (
    (1, 16, 1, 1, nn.ReLU6),
    (4, 24, 2, 1, nn.ReLU6),
    (4, 48, 3, 2, nn.ReLU6),
    (4, 80, 3, 2, nn.Hardswish),
)
LAST = 256


def conv(inputs, outputs, kernel=1, stride=1, groups=1):
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [layer, nn.BatchNorm2d(outputs)]


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion, activation):
        super().__init__()
        hidden = inputs * expansion
        widen = [] if expansion == 1 else [*conv(inputs, hidden), activation()]
        depthwise = [*conv(hidden, hidden, 3, stride, groups=hidden), activation()]
        self.layers = nn.Sequential(*widen, *depthwise, *conv(hidden, outputs))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


class MobileNet(nn.Module):
    """[N, 32, 32, 3] in 0 to 255 -> logits [N, 10]."""

    def __init__(self):
        super().__init__()
        layers, inputs = [*conv(3, 32, 3), nn.ReLU6()], 32
        for expansion, width, repeats, first, activation in STAGES:
            for repeat in range(repeats):
                stride = first if repeat == 0 else 1
                layers.append(InvertedResidual(inputs, width, stride, expansion, activation))
                inputs = width
        self.features = nn.Sequential(*layers, *conv(inputs, LAST), nn.Hardswish())
        self.classify = nn.Linear(LAST, 10)

    def forward(self, x):
        features = self.features(x.permute(0, 3, 1, 2) / 127.5 - 1)
        return self.classify(features.mean((2, 3)))


def prepare(images):
    return images.permute(0, 2, 3, 1).float()


def main():
    options, started = arguments(__doc__, epochs=15, out="models/mobilenet-cifar10.onnx"), time.time()
    torch.manual_seed(options.seed)
    model = MobileNet()
    fit(model, cifar10(options.data, CIFAR10_TRAIN), prepare, options, rate=0.3, decay=2e-4)
    test = cifar10(options.data, CIFAR10_TEST)
    right = correct(model, test, prepare, options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        nn.Sequential(model, nn.Softmax(1)).cpu().eval(),
        (torch.zeros(2, 32, 32, 3),),
        str(options.out),
        dynamo=True,
        external_data=False,
        input_names=["image"],
        output_names=["probabilities"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        verbose=False,
    )
    account(options, started, right, len(test[1]))


if __name__ == "__main__":
    main()
