"""
A small residual network (He et al. 2016) for CIFAR-10, as a user of torchvision would deploy it.

Takes [N, 3, 32, 32], normalized outside the model (torchvision's Normalize with the usual statistics of CIFAR-10), any batch
size; gives logits. Written by the TorchScript exporter, with batch normalization left in the graph.
"""

import time

import torch
from torch import nn

from common import CIFAR10_TEST, CIFAR10_TRAIN, account, arguments, cifar10, correct, fit

MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)
WIDTHS = (24, 48, 72)


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        blocks, inputs = [], WIDTHS[0]
        for stage, width in enumerate(WIDTHS):
            blocks += [Block(inputs, width, 1 if stage == 0 else 2), Block(width, width, 1)]
            inputs = width
        self.stem = nn.Sequential(conv(3, WIDTHS[0], 3), nn.BatchNorm2d(WIDTHS[0]), nn.ReLU())
        self.blocks = nn.Sequential(*blocks)
        self.pool, self.classify = nn.AdaptiveAvgPool2d(1), nn.Linear(inputs, 10)

    def forward(self, x):
        return self.classify(torch.flatten(self.pool(self.blocks(self.stem(x))), 1))


def prepare(images):
    mean, std = (torch.tensor(values, device=images.device).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (images / 255 - mean) / std


def main():
    options, started = arguments(__doc__, epochs=15, out="models/resnet-cifar10.onnx"), time.time()
    torch.manual_seed(options.seed)
    model = ResNet()
    fit(model, cifar10(options.data, CIFAR10_TRAIN), prepare, options, rate=0.4)
    test = cifar10(options.data, CIFAR10_TEST)
    right = correct(model, test, prepare, options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model.cpu().eval(),
        (torch.zeros(2, 3, 32, 32),),
        str(options.out),
        dynamo=False,
        opset_version=17,
        # EVAL, the default, would fold batch normalization into the convolutions.
        training=torch.onnx.TrainingMode.PRESERVE,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "batch_size"}, "logits": {0: "batch_size"}},
    )
    account(options, started, right, len(test[1]), mean=MEAN, std=STD)


if __name__ == "__main__":
    main()
