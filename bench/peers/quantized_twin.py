"""
The fake-quantized twin of a quantized ONNX file.

PyTorch computes it node by node with scales and zero points from the file.

Quantized values are float32 tensors that hold integers, so that gradients pass through them by these rules:
  QuantizeLinear         q = saturate(round(x / s) + z): cotangent / s where round(x / s) + z is
                         representable, else 0
  DequantizeLinear       (q - z) s: exact, cotangent * s
  DynamicQuantizeLinear  as QuantizeLinear; scale and zero point, from the range of the whole batch,
                         are constants
  integer operators      dequantize, the float operator, quantize, with the parameters of the node
Weights are constants. At 0 the derivative of Relu is 0 and that of LeakyRelu is its slope. Of equal
elements in a window of MaxPool the first takes the cotangent. PyTorch has the same conventions.
"""

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto as Kind
from onnx import numpy_helper

from float_operators import FloatOperators, average, convolution, gemm

RANGES = {
    Kind.UINT8: (0, 255),
    Kind.INT8: (-128, 127),
    Kind.UINT16: (0, 65535),
    Kind.INT16: (-32768, 32767),
    Kind.UINT4: (0, 15),
    Kind.INT4: (-8, 7),
}


class Quantize(torch.autograd.Function):
    """round(x / s) + z, saturated, with the straight-through derivative."""

    @staticmethod
    def forward(context, x, scale, zero, low, high):
        rounded = torch.round(x / scale) + zero
        context.save_for_backward((rounded >= low) & (rounded <= high), scale)
        return rounded.clamp(low, high)

    @staticmethod
    def backward(context, cotangent):
        inside, scale = context.saved_tensors
        return cotangent * inside / scale, None, None, None, None


def along(parameter, rank, axis):
    """A scalar, or one value for each slice along `axis`, in a shape that broadcasts."""
    if parameter.numel() == 1:
        return parameter.reshape(())
    return parameter.reshape([-1 if i == axis % rank else 1 for i in range(rank)])


def dequantize(q, scale, zero=None, axis=1, block=0):
    if block:
        scale = scale.repeat_interleave(block, axis).narrow(axis, 0, q.shape[axis])
        zero = None if zero is None else zero.repeat_interleave(block, axis).narrow(axis, 0, q.shape[axis])
        return (q if zero is None else q - zero) * scale
    shifted = q if zero is None else q - along(zero, q.dim(), axis)
    return (shifted.double() * along(scale, q.dim(), axis).double()).float()


def unpacked(b, at):
    """MatMulNBits: weights [N, blocks, bytes], two of four bits to a byte, as [N, K]."""
    nibbles = torch.stack([b % 16, torch.floor(b / 16)], -1).flatten(1)
    return nibbles[:, : at["K"]]


class Twin(FloatOperators):
    """The network of an ONNX file, as a differentiable function of its one input."""

    def __init__(self, path):
        graph = onnx.load(path).graph
        self.nodes, self.constants, self.kinds = graph.node, {}, {}
        for tensor in graph.initializer:
            self.constant(tensor.name, tensor)
        self.input = next(v.name for v in graph.input if v.name not in self.constants)
        self.output = graph.output[0].name
        self.margins = None

    def constant(self, name, tensor):
        array = numpy_helper.to_array(tensor)
        whole = tensor.data_type in (Kind.INT64, Kind.BOOL)
        kind = np.int64 if whole else np.float64 if tensor.data_type == Kind.INT32 else np.float32
        self.constants[name] = torch.from_numpy(np.array(array.astype(kind)))
        self.kinds[name] = tensor.data_type

    def __call__(self, x):
        """Logits; `margins` then holds each image's distance from a value that rounds the other way."""
        self.margins = torch.full((len(x),), 0.5, dtype=torch.float64)
        values = {"": None, **self.constants, self.input: x}
        for node in self.nodes:
            at = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            results = getattr(self, node.op_type)(at, node, *(values[name] for name in node.input))
            values.update(
                zip(node.output, results if isinstance(results, tuple) else (results,), strict=False)
            )
        return values[self.output]

    def kind(self, node, position, default=Kind.UINT8):
        name = node.input[position] if len(node.input) > position else ""
        return self.kinds.get(name, default) if name else default

    def watch(self, apart):
        self.margins = torch.minimum(self.margins, apart.detach().double().flatten(1).amin(1))

    def quantize(self, x, scale, zero, kind, axis=1):
        low, high = RANGES[kind]
        scale = along(scale, x.dim(), axis)
        zero = torch.zeros(()) if zero is None else along(zero, x.dim(), axis)
        exact = x.detach().double() / scale + zero
        near = (exact > low - 1) & (exact < high + 1)
        self.watch(torch.where(near, (exact - exact.floor() - 0.5).abs(), 0.5))
        return Quantize.apply(x, scale, zero, low, high)

    def QuantizeLinear(self, at, node, x, scale, zero=None):
        return self.quantize(
            x, scale, zero, self.kind(node, 2, at.get("output_dtype") or Kind.UINT8), at.get("axis", 1)
        )

    def DequantizeLinear(self, at, node, q, scale, zero=None):
        return dequantize(q, scale, zero, at.get("axis", 1), at.get("block_size", 0))

    def DynamicQuantizeLinear(self, at, node, x):
        low, high = x.detach().min().clamp(max=0), x.detach().max().clamp(min=0)
        scale = (high - low) / 255
        zero = torch.round((0 - low / scale).clamp(0, 255))
        return self.quantize(x, scale, zero, Kind.UINT8), scale, zero

    def QLinearConv(self, at, node, x, xs, xz, w, ws, wz, ys, yz, bias=None):
        if bias is not None:
            bias = (bias * (xs.double() * ws.double())).float()
        y = convolution(dequantize(x, xs, xz), dequantize(w, ws, wz, 0), bias, at)
        return self.quantize(y, ys, yz, self.kind(node, 7))

    def ConvInteger(self, at, node, x, w, xz=None, wz=None):
        x = x if xz is None else x - xz
        return convolution(x, w if wz is None else w - along(wz, w.dim(), 0), None, at)

    def QGemm(self, at, node, a, sa, za, b, sb, zb, c=None, sy=None, zy=None):
        columns = 0 if at.get("transB") else 1
        if c is not None:
            c = (c * (sa.double() * sb.double() * at.get("alpha", 1.0))).float()
        y = gemm(dequantize(a, sa, za), dequantize(b, sb, zb, columns), c, at)
        return y if sy is None else self.quantize(y, sy, zy, self.kind(node, 8))

    def QLinearMatMul(self, at, node, a, sa, za, b, sb, zb, sy, zy):
        y = dequantize(a, sa, za, -2) @ dequantize(b, sb, zb, -1)
        return self.quantize(y, sy, zy, self.kind(node, 7))

    def MatMulInteger(self, at, node, a, b, za=None, zb=None):
        return (a if za is None else a - along(za, a.dim(), -2)) @ (
            b if zb is None else b - along(zb, b.dim(), -1)
        )

    def MatMulIntegerToFloat(self, at, node, a, b, sa, sb, za=None, zb=None, bias=None):
        y = self.MatMulInteger(at, node, a, b, za, zb) * along(sa, a.dim(), -2) * along(sb, b.dim(), -1)
        return y if bias is None else y + bias

    def DynamicQuantizeMatMul(self, at, node, a, b, sb, zb=None, bias=None):
        q, scale, zero = self.DynamicQuantizeLinear(at, node, a)
        return self.MatMulIntegerToFloat(at, node, q, b, scale, sb, zero, zb, bias)

    def MatMulNBits(self, at, node, a, b, scale, zero=None, *_):
        assert at["bits"] == 4
        rows, block = at["N"], at["block_size"]
        scale = scale.reshape(rows, -1).repeat_interleave(block, 1)[:, : at["K"]]
        if zero is None:
            shift = 8
        else:
            zero = torch.stack([zero % 16, torch.floor(zero / 16)], -1).reshape(rows, -1)
            shift = zero.repeat_interleave(block, 1)[:, : at["K"]]
        return a @ ((unpacked(b, at) - shift) * scale).T

    def binary(self, f, node, a, sa, za, b, sb, zb, sy, zy=None):
        return self.quantize(f(dequantize(a, sa, za), dequantize(b, sb, zb)), sy, zy, self.kind(node, 7))

    def QLinearAdd(self, at, node, *inputs):
        return self.binary(torch.add, node, *inputs)

    def QLinearMul(self, at, node, *inputs):
        return self.binary(torch.mul, node, *inputs)

    def QLinearConcat(self, at, node, sy, zy, *parts):
        whole = [dequantize(*parts[i : i + 3]) for i in range(0, len(parts), 3)]
        return self.quantize(torch.cat(whole, at["axis"]), sy, zy, self.kind(node, 1))

    def unary(self, f, node, x, sx, zx, sy, zy=None):
        return self.quantize(f(dequantize(x, sx, zx)), sy, zy, self.kind(node, 4))

    def QLinearSigmoid(self, at, node, *inputs):
        return self.unary(torch.sigmoid, node, *inputs)

    def QLinearLeakyRelu(self, at, node, *inputs):
        return self.unary(lambda x: self.LeakyRelu(at, node, x), node, *inputs)

    def QLinearSoftmax(self, at, node, *inputs):
        return self.unary(lambda x: x.softmax(at.get("axis", -1)), node, *inputs)

    def QLinearGlobalAveragePool(self, at, node, *inputs):
        return self.unary(lambda x: x.mean((2, 3), keepdim=True), node, *inputs)

    def QLinearAveragePool(self, at, node, *inputs):
        return self.unary(lambda x: average(x, at), node, *inputs)

    def Relu(self, at, node, x):
        apart = x.detach().abs() / x.detach().abs().max()
        self.watch(torch.where(apart == 0, 0.5, apart))
        return F.relu(x)

    def Constant(self, at, node):
        self.constant(node.output[0], at["value"])
        return self.constants[node.output[0]]
