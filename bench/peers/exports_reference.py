"""Random networks without vanishing parts, well-conditioned images, and PyTorch's gradients there."""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from exports_built import CLASSES

BATCH = 2
LARGE = 5  # logits
DRAWS, CLEAN, ROUNDING = 8, 1e-5, 5e-7
VANISHING = 1e-3  # parameters below it are meant as zero: layer scales, last normalizations


def images(count, size):
    """Random images [count, 3, size, size] in 0 to 1; they differ in colour and large shapes too."""
    shapes = F.interpolate(
        torch.rand(count, 3, 4, 4), size=(size, size), mode="bilinear", align_corners=False
    )
    light = torch.rand(count, 3, 1, 1)
    return (0.5 * shapes + 0.3 * light + 0.2 * torch.rand(count, 3, size, size)).clamp(0, 1)


def randomized(model, size):
    """
    The network in evaluation mode with no part of it switched off.

    Parameters that start at zero (or at 1e-6, as layer scales do) become random. Weights much smaller than
    1 / sqrt(inputs) are scaled up, so that attention is not uniform. Batch normalizations get random scales
    and the statistics of random images.
    """
    model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
        if parameter.numel() and parameter.abs().max() <= VANISHING:
            parameter.normal_(0, 0.1)
        elif parameter.dim() in (2, 4) and parameter.shape[0] > 1:
            wanted = parameter[0].numel() ** -0.5
            if 0 < parameter.std() < 0.9 * wanted:
                parameter.mul_(wanted / parameter.std())
        elif bool((parameter == 1).all()):
            parameter.uniform_(0.8, 1.2)
    normalizations = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    for module in normalizations:
        module.train()
        module.momentum = 1.0
        if module.affine:  # keeps most elements off the kink of a ReLU: else deep gradients explode
            module.bias.normal_(0.5, 0.5)
    with torch.no_grad():
        model(images(32, size))
    for module in normalizations:
        module.eval()
        module.momentum = 0.1
    with torch.no_grad():
        largest = float(model(images(4, size)).abs().max())
    for module in model.modules():  # a saturated softmax would hide the gradient of one class
        if (
            getattr(module, "out_features", getattr(module, "out_channels", None)) == CLASSES
            and largest > LARGE
        ):
            module.weight *= LARGE / largest
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
    """
    How far another implementation may be from `gradient`, for each image.

    The largest distance from the gradient in double precision, at the image and one rounding away from it.
    Large where a ReLU is at its kink or two elements of a maximum are equal.
    """
    exact = copy.deepcopy(model).double()
    near = [x.double() * (1 + shift * torch.randn_like(x).double()) for shift in (0, ROUNDING, ROUNDING)]
    apart = [(gradient - reference(exact, point, label)[1]).abs().amax((1, 2, 3)) for point in near]
    return torch.stack(apart).amax(0) / gradient.abs().amax((1, 2, 3))


def example(model, size):
    """Images, classes, logits and gradient: the best conditioned of the images drawn."""
    drawn, levels = [], []
    for _ in range(DRAWS):
        x, label = images(8, size), torch.arange(8)
        levels.append(noise(model, x, label, reference(model, x, label)[1]))
        drawn.append(x)
        best = torch.cat(levels).argsort()[:BATCH]
        if bool((torch.cat(levels)[best] < CLEAN).all()):
            break
    x, label = torch.cat(drawn)[best], best % 8
    y, gradient = reference(model, x, label)
    return {
        "x": x,
        "y": y,
        "label": label,
        "gradient": gradient,
        "noise": float(torch.cat(levels)[best].max()),
    }
