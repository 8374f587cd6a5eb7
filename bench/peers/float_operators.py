"""The float operators of small networks, by the names and attributes of ONNX, in PyTorch."""

import torch
import torch.nn.functional as F


def convolution(x, w, bias, at):
    rank = w.dim() - 2
    pads = at.get("pads", [0] * 2 * rank)
    if any(pads):
        x = F.pad(x, [side for i in reversed(range(rank)) for side in (pads[i], pads[i + rank])])
    stride, dilation = at.get("strides", [1] * rank), at.get("dilations", [1] * rank)
    return F.conv2d(x, w, bias, stride, 0, dilation, at.get("group", 1))


def gemm(a, b, c, at):
    a, b = a.T if at.get("transA") else a, b.T if at.get("transB") else b
    product = at.get("alpha", 1.0) * (a @ b)
    return product if c is None else product + at.get("beta", 1.0) * c


def average(x, at):
    pads = at.get("pads", [0] * 4)
    assert pads[:2] == pads[2:]
    counted = bool(at.get("count_include_pad", 0))
    return F.avg_pool2d(
        x, at["kernel_shape"], at.get("strides", [1, 1]), pads[:2], bool(at.get("ceil_mode", 0)), counted
    )


class FloatOperators:
    """One method for each operator: its attributes, its node, its inputs."""

    def Conv(self, at, _node, x, w, bias=None):
        return convolution(x, w, bias, at)

    def Gemm(self, at, _node, a, b, c=None):
        return gemm(a, b, c, at)

    def MatMul(self, at, _node, a, b):
        return a @ b

    def LeakyRelu(self, at, _node, x):
        return F.leaky_relu(x, at.get("alpha", 0.01))

    def Sigmoid(self, at, _node, x):
        return torch.sigmoid(x)

    def Softmax(self, at, _node, x):
        return x.softmax(at.get("axis", -1))

    def MaxPool(self, at, _node, x):
        return F.max_pool2d(x, at["kernel_shape"], at.get("strides", [1, 1]), at.get("pads", [0, 0])[:2])

    def AveragePool(self, at, _node, x):
        return average(x, at)

    def GlobalAveragePool(self, at, _node, x):
        return x.mean((2, 3), keepdim=True)

    def Add(self, at, _node, a, b):
        return a + b

    def Mul(self, at, _node, a, b):
        return a * b

    def Concat(self, at, _node, *parts):
        return torch.cat(parts, at["axis"])

    def Reshape(self, at, _node, x, shape):
        return x.reshape([x.shape[i] if size == 0 else size for i, size in enumerate(shape.tolist())])

    def Flatten(self, at, _node, x):
        return x.flatten(at.get("axis", 1))

    def Transpose(self, at, _node, x):
        return x.permute(at["perm"])

    def ReduceMean(self, at, _node, x, axes=None):
        return x.mean(at["axes"] if axes is None else axes.tolist(), bool(at.get("keepdims", 1)))

    def Cast(self, at, _node, x):
        return x.float()

    def Identity(self, at, _node, x):
        return x
