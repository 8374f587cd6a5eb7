import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import {
  type Attribute,
  type AttributeInit,
  attribute,
  type Model,
  TOOLKIT_OPSET,
} from '../../../src/core/onnx/graph.js';
import { operators } from '../../../src/core/onnx/operators/index.js';
import type { Operator } from '../../../src/core/onnx/operators/operator.js';
import { upgrade } from '../../../src/core/onnx/upgrade.js';
import { numbers, run } from '../../support/run.js';
import { float, float32, floats, int64, sizeOf, stream, type Tensor, tensor } from '../../support/toolkit.js';

interface Old {
  readonly op: string;
  readonly opset: number;
  readonly attributes?: Readonly<Record<string, AttributeInit>>;
  /** Shape of x, the only input that is fed. */
  readonly dims?: readonly number[];
  /** Inputs after x. */
  readonly inputs?: Readonly<Record<string, Tensor>>;
  readonly outputs?: readonly string[];
  readonly rankUnknown?: boolean;
  readonly title?: string;
}

/** The old model as a file would bring it, messages and all. */
function oldModel({
  op,
  opset,
  attributes = {},
  dims = [2, 3, 4, 4],
  inputs = {},
  outputs = ['y'],
  rankUnknown,
}: Old): Model {
  const bytes = encodeModel({
    irVersion: 3,
    opsets: new Map([['', opset]]),
    producer: 'old',
    metadata: new Map(),
    graph: {
      name: 'old',
      inputs:
        op === 'Constant' ? [] : [{ name: 'x', type: { dtype: 'float32', ...(!rankUnknown && { dims }) } }],
      outputs: outputs.filter((name) => name !== '').map((name) => ({ name })),
      nodes: [
        {
          op,
          domain: '',
          name: 'node',
          inputs: op === 'Constant' ? [] : ['x', ...Object.keys(inputs)],
          outputs,
          attributes: Object.fromEntries(
            Object.entries(attributes).map(([k, v]): [string, Attribute] => [k, attribute(v)]),
          ),
        },
      ],
      initializers: new Map(Object.entries(inputs)),
    },
  });
  return decodeModel(bytes);
}

const channels = (value: number) => float32([3], [value, value + 0.5, value + 1]);
const statistics = { scale: channels(1), bias: channels(-1), mean: channels(0), variance: channels(0.5) };
const elementwise = (value: number) =>
  float32(
    [3, 4, 4],
    Float32Array.from({ length: 48 }, (_, i) => value + i / 48),
  );

const reductions =
  'ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare';

const cases: readonly Old[] = [
  { op: 'Squeeze', opset: 11, attributes: { axes: [0, -1] }, dims: [1, 3, 1] },
  { op: 'Squeeze', opset: 7, dims: [1, 3, 1], title: 'no axes' },
  { op: 'Unsqueeze', opset: 7, attributes: { axes: [0, 3] }, dims: [2, 3] },
  ...[7, 11].flatMap((opset) =>
    `ReduceSum ${reductions}`.split(' ').flatMap((op) => [
      { op, opset, attributes: { axes: [1, 2], keepdims: 0 } },
      { op, opset, title: 'no axes' },
    ]),
  ),
  ...reductions.split(' ').map((op) => ({ op, opset: 13, attributes: { axes: [-1] } })),
  { op: 'ReduceSum', opset: 13, inputs: { axes: int64([1], [1]) }, title: 'already new' },
  ...['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((op) => [
    { op, opset: 7, title: 'default axis' },
    { op, opset: 7, attributes: { axis: 3 }, title: 'last axis' },
    { op, opset: 11, attributes: { axis: -2 }, title: 'negative axis' },
    { op, opset: 9, attributes: { axis: 0 }, title: 'all axes' },
    { op, opset: 9, dims: [2, 3], title: 'matrix' },
    { op, opset: 9, rankUnknown: true, title: 'unknown rank' },
    { op, opset: 13, attributes: { axis: 1 }, title: 'already new' },
  ]),
  { op: 'Clip', opset: 7, attributes: { min: float(-0.5), max: float(0.25) } },
  { op: 'Clip', opset: 7, attributes: { max: float(0) }, title: 'no lower bound' },
  { op: 'Clip', opset: 9, attributes: { min: float(0) }, title: 'no upper bound' },
  { op: 'Clip', opset: 10, title: 'no bounds' },
  { op: 'Clip', opset: 11, inputs: { low: float32([], [0]) }, title: 'already new' },
  { op: 'Pad', opset: 7, attributes: { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: float(1.5) } },
  { op: 'Pad', opset: 9, attributes: { pads: [0, 0, 1, 2, 0, 0, 0, 1], mode: 'reflect' }, title: 'reflect' },
  { op: 'Slice', opset: 7, attributes: { starts: [1, -3], ends: [2 ** 63, -1], axes: [1, 3] } },
  { op: 'Slice', opset: 9, attributes: { starts: [0, 1], ends: [1, 100] }, title: 'default axes' },
  { op: 'Split', opset: 7, attributes: { axis: 2, split: [1, 3] }, outputs: ['y', 'z'] },
  { op: 'Split', opset: 11, attributes: { axis: -1 }, outputs: ['y', 'z'], title: 'equal parts' },
  {
    op: 'Split',
    opset: 13,
    attributes: { axis: 1 },
    inputs: { sizes: int64([2], [2, 1]) },
    outputs: ['y', 'z'],
    title: 'input',
  },
  { op: 'Split', opset: 13, outputs: ['y', 'z'], title: 'equal parts of 13' },
  { op: 'Dropout', opset: 7, attributes: { ratio: float(0.9) } },
  { op: 'Dropout', opset: 10, title: 'no ratio' },
  {
    op: 'BatchNormalization',
    opset: 7,
    attributes: { epsilon: float(0.1), momentum: float(0.8) },
    inputs: statistics,
  },
  { op: 'BatchNormalization', opset: 7, attributes: { spatial: 1 }, inputs: statistics, title: 'spatial' },
  {
    op: 'BatchNormalization',
    opset: 8,
    attributes: { spatial: 0, epsilon: float(0.1) },
    inputs: {
      scale: elementwise(1),
      bias: elementwise(0),
      mean: elementwise(-1),
      variance: elementwise(0.5),
    },
    title: 'not spatial',
  },
  { op: 'BatchNormalization', opset: 9, inputs: statistics, title: '9' },
  { op: 'BatchNormalization', opset: 14, inputs: statistics, title: '14' },
  { op: 'Upsample', opset: 7, attributes: { scales: floats([1, 1, 2, 3]) } },
  { op: 'Upsample', opset: 8, attributes: { scales: floats([1, 1, 2, 2]), mode: 'linear' }, title: 'linear' },
  {
    op: 'Upsample',
    opset: 9,
    inputs: { scales: float32([4], [1, 1, 1.5, 2]) },
    title: 'scales are an input',
  },
  { op: 'Resize', opset: 10, inputs: { scales: float32([4], [1, 1, 2, 1.5]) } },
  { op: 'Resize', opset: 10, inputs: { scales: float32([4], [1, 1, 0.5, 0.75]) }, title: 'smaller' },
  {
    op: 'Resize',
    opset: 10,
    attributes: { mode: 'linear' },
    inputs: { scales: float32([4], [1, 1, 2, 0.5]) },
    title: 'linear',
  },
  {
    op: 'Resize',
    opset: 11,
    inputs: { roi: float32([0], []), scales: float32([4], [1, 1, 2, 2]) },
    title: '11',
  },
  {
    op: 'Resize',
    opset: 11,
    attributes: { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
    inputs: { roi: float32([0], []), scales: float32([0], []), sizes: int64([4], [2, 3, 7, 5]) },
    title: '11, sizes',
  },
  { op: 'TopK', opset: 7, attributes: { k: 2, axis: 1 }, outputs: ['y', 'z'] },
  { op: 'Scatter', opset: 9, dims: [3, 2], inputs: { i: int64([1, 2], [2, 0]), u: float32([1, 2], [9, 8]) } },
  {
    op: 'RoiAlign',
    opset: 10,
    attributes: { output_height: 2, output_width: 2 },
    inputs: { rois: float32([1, 4], [0, 0, 3, 3]), batch: int64([1], [1]) },
  },
  {
    op: 'GridSample',
    opset: 16,
    inputs: { grid: float32([2, 1, 2, 2], [-1, -0.5, 0.25, 1, 0, 0, 0.9, -0.9]) },
  },
  { op: 'Constant', opset: 9, attributes: { value: float32([2], [1, 2]) } },
  { op: 'Constant', opset: 12, attributes: { value_float: float(0.5) }, title: 'value_float' },
  { op: 'Constant', opset: 12, attributes: { value_floats: floats([0.5, 2]) }, title: 'value_floats' },
  { op: 'Constant', opset: 13, attributes: { value_int: -3 }, title: 'value_int' },
  { op: 'Constant', opset: 21, attributes: { value_ints: [1, -2] }, title: 'value_ints' },
  { op: 'Constant', opset: 20, attributes: { value_string: 'a' }, title: 'value_string' },
  { op: 'Constant', opset: 26, attributes: { value_strings: ['a', ''] }, title: 'value_strings' },
  // Same signature ever since, but other kernels.
  { op: 'MaxPool', opset: 7, attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
  {
    op: 'AveragePool',
    opset: 7,
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
  },
  { op: 'Flatten', opset: 7 },
  {
    op: 'Gemm',
    opset: 7,
    dims: [2, 3],
    inputs: { b: float32([3, 2], [1, 2, 3, 4, 5, 6]), c: float32([2], [7, 8]) },
  },
  { op: 'Reshape', opset: 7, inputs: { shape: int64([2], [0, -1]) } },
  { op: 'Cast', opset: 9, attributes: { to: 7 } },
  { op: 'PRelu', opset: 7, inputs: { slope: float32([3, 1, 1], [0.1, 0.2, 0.3]) } },
  { op: 'LeakyRelu', opset: 7 },
  { op: 'Conv', opset: 7, inputs: { w: float32([2, 3, 1, 1], [1, 2, 3, 4, 5, 6]) } },
];

const values = (outputs: Record<string, Tensor>) =>
  Object.entries(outputs).map(([name, { dtype, dims, data }]) => ({
    name,
    dtype,
    dims: [...dims],
    data: Array.from(data as ArrayLike<unknown>, String),
  }));

describe('upgrade', () => {
  const upgraded = Object.entries<Operator>(operators).filter(([, { upgrade }]) => upgrade);
  it.each(upgraded)('%s has a case', (op, { upgrade }) => {
    expect(cases.some((old) => old.op === op && old.opset < (upgrade?.before ?? 0))).toBe(true);
  });

  it.each(cases.map((old) => [`${old.op} ${old.opset} ${old.title ?? ''}`, old] as const))(
    '%s',
    async (_, old) => {
      const model = oldModel(old);
      const upgraded = upgrade(model);
      expect(upgraded.opsets.get('')).toBe(Math.max(old.opset, TOOLKIT_OPSET));
      expect(upgraded.graph.nodes.some((node) => node.op === 'Constant')).toBe(false);
      const random = stream(1, old.op);
      const dims = old.dims ?? [2, 3, 4, 4];
      const positive = old.op.startsWith('ReduceLog');
      const x = float32(
        dims,
        Float32Array.from({ length: sizeOf(dims) }, () => random.normal()).map((v) =>
          positive ? Math.abs(v) : v,
        ),
      );
      const feeds: Record<string, Tensor> = old.op === 'Constant' ? {} : { x };
      const [before, after] = [await run(model, feeds), await run(decodeModel(encodeModel(upgraded)), feeds)];
      expect(values(after).map(({ data: _, ...rest }) => rest)).toEqual(
        values(before).map(({ data: _, ...rest }) => rest),
      );
      for (const [name, value] of Object.entries(before)) {
        if (value.dtype === 'string') expect(after[name]!.data).toEqual(value.data);
        else
          for (const [i, v] of numbers(value).entries()) expect(numbers(after[name]!)[i]).toBeCloseTo(v, 4);
      }
    },
  );

  it('writes no attribute that has become an input', () => {
    const model = oldModel({ op: 'Slice', opset: 9, attributes: { starts: [0], ends: [1], axes: [1] } });
    const again = decodeModel(encodeModel(upgrade(model)));
    expect(again.graph.nodes[0]!.attributes).toEqual({});
    expect(again.graph.nodes[0]!.inputs).toHaveLength(4);
    expect(again.irVersion).toBe(9);
    expect(again.graph.nodes[0]!.name).toBe('node');
  });

  it('leaves a model of today as it is', () => {
    const model = oldModel({ op: 'Relu', opset: TOOLKIT_OPSET });
    expect(upgrade(model)).toBe(model);
    expect(upgrade(upgrade(oldModel({ op: 'Squeeze', opset: 7, dims: [1, 2] }))).opsets.get('')).toBe(
      TOOLKIT_OPSET,
    );
  });

  it('gives bounds the element type of what they bound', async () => {
    const model = oldModel({ op: 'Clip', opset: 7, attributes: { min: float(1), max: float(2) }, dims: [3] });
    const typed = { ...model.graph, inputs: [{ name: 'x', type: { dtype: 'float16' as const, dims: [3] } }] };
    // 0.5, 1.5 and 3 as half precision.
    const x = tensor('float16', [3], Uint16Array.of(0x3800, 0x3e00, 0x4200));
    const { y } = await run(upgrade({ ...model, graph: typed }), { x });
    expect([...(y!.data as Uint16Array)]).toEqual([0x3c00, 0x3e00, 0x4000]);
  });

  it('does not touch operators of other domains', () => {
    const model = oldModel({ op: 'Squeeze', opset: 7, attributes: { axes: [0] } });
    const nodes = [
      ...model.graph.nodes.map((n) => ({ ...n, domain: 'com.example', outputs: ['a'] })),
      ...model.graph.nodes,
    ];
    const upgraded = upgrade({ ...model, graph: { ...model.graph, nodes } });
    expect(upgraded.graph.nodes[0]).toBe(nodes[0]);
  });

  it('lets standard operators be written around those of other domains alone', () => {
    const model = oldModel({ op: 'Relu', opset: 17 });
    const nodes = model.graph.nodes.map((node) => ({ ...node, domain: 'com.example' }));
    const upgraded = upgrade({ ...model, graph: { ...model.graph, nodes } });
    expect(upgraded.opsets.get('')).toBe(TOOLKIT_OPSET);
    expect(upgraded.graph.nodes).toBe(nodes);
  });

  it('refuses what is older than 7', () => {
    const refused = (model: Model) => () => upgrade(model, 'net.onnx');
    expect(refused(oldModel({ op: 'Relu', opset: 6 }))).toThrow(
      expect.objectContaining({ code: 'old-opset' }),
    );
    expect(refused(oldModel({ op: 'Relu', opset: 6 }))).toThrow(/net\.onnx.*operator set 6/);
  });
});
