"""Small networks for MNIST at 14 x 14 pixels: [N, 1, 14, 14] in 0 to 1 -> logits [N, 10]."""

import torch
import torch.nn.functional as F
from torch import nn


class Residual(nn.Module):
    """Relu, which the quantizer fuses, a residual addition, global average pooling."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 8, 3, 2, 1), nn.Conv2d(8, 12, 3, 1, 1)
        self.third, self.classify = nn.Conv2d(12, 12, 3, 1, 1), nn.Linear(12, 10)

    def forward(self, x):
        h = F.relu(self.second(F.relu(self.first(x))))
        h = F.relu(h + self.third(h))
        return self.classify(F.adaptive_avg_pool2d(h, 1).flatten(1))


class Branches(nn.Module):
    """LeakyRelu, Sigmoid, multiplication by a gate, concatenation, average pooling."""

    def __init__(self):
        super().__init__()
        self.stem, self.left, self.right = (
            nn.Conv2d(1, 6, 3, 2, 1),
            nn.Conv2d(6, 4, 3, 1, 1),
            nn.Conv2d(6, 4, 3, 1, 1),
        )
        self.gate, self.classify = nn.Conv2d(6, 4, 1), nn.Linear(72, 10)

    def forward(self, x):
        h = F.leaky_relu(self.stem(x), 0.1)
        left = torch.sigmoid(self.gate(h)) * self.left(h)
        both = torch.cat([left, F.leaky_relu(self.right(h), 0.1)], 1)
        return self.classify(F.avg_pool2d(both, 3, 2).reshape(-1, 72))


class Perceptron(nn.Module):
    """Two matrix multiplications."""

    def __init__(self):
        super().__init__()
        self.hidden, self.classify = nn.Linear(196, 32), nn.Linear(32, 10)

    def forward(self, x):
        return self.classify(F.relu(self.hidden(x.reshape(-1, 196))))


class Attention(nn.Module):
    """Products of two activations, Softmax, a mean over tokens."""

    def __init__(self):
        super().__init__()
        self.patches, self.classify = nn.Conv2d(1, 16, 4, 2, 1), nn.Linear(16, 10)
        self.q, self.k, self.v = (nn.Linear(16, 16) for _ in range(3))

    def forward(self, x):
        h = self.patches(x).reshape(-1, 16, 49).transpose(1, 2)
        q, k, v = 0.25 * self.q(h), self.k(h), self.v(h)
        mixed = (q @ k.transpose(1, 2)).softmax(-1) @ v
        return self.classify(F.relu(mixed).mean(1))


class Pooling(nn.Module):
    """Maximum pooling, on integers in the quantized forms."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 8, 3, 1, 1), nn.Conv2d(8, 12, 3, 1, 1)
        self.classify = nn.Linear(108, 10)

    def forward(self, x):
        h = F.max_pool2d(self.first(x), 2)
        return self.classify(F.max_pool2d(F.relu(self.second(h)), 2).reshape(-1, 108))


NETWORKS = {
    "cnn": Residual,
    "branches": Branches,
    "mlp": Perceptron,
    "attention": Attention,
    "maxpool": Pooling,
}
