import type { Tensor } from '../tensor/tensor.js';
import {
  type Attribute,
  type AttributeInit,
  attribute,
  floatOf,
  intOf,
  intsOf,
  type Node,
  stringOf,
  type ValueType,
} from './graph.js';

/** What a rewrite sees of one old node, and how it writes constants. */
export interface UpgradeContext {
  readonly node: Node;
  readonly opset: number;
  /** Type of the i-th input, if known. */
  type(i: number): ValueType | undefined;
  /** Content of the i-th input if it is an initializer. */
  tensor(i: number): Tensor | undefined;
  fresh(): string;
  ints(values: readonly number[]): string;
  floats(values: readonly number[]): string;
  /** A scalar of the element type of the i-th input. */
  scalarLike(i: number, value: number): string;
}

type Rewrite = (context: UpgradeContext) => readonly Node[];

interface Upgrade {
  /** The first operator set with the signature of today. */
  readonly before: number;
  readonly rewrite: Rewrite;
}

interface Change {
  readonly op?: string;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly set?: Readonly<Record<string, AttributeInit>>;
  readonly drop?: readonly string[];
}

function change(node: Node, { set = {}, drop = [], ...rest }: Change): Node {
  const kept = Object.entries(node.attributes).filter(([name]) => !drop.includes(name));
  const added = Object.entries(set).map(([name, init]): [string, Attribute] => [name, attribute(init)]);
  return { ...node, ...rest, attributes: Object.fromEntries([...kept, ...added]) };
}

const step = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, AttributeInit>> = {},
) => change({ op, domain: '', name: output, inputs, outputs: [output], attributes: {} }, { set: attributes });

/** Optional inputs at the end are left out rather than left empty. */
function trimmed(inputs: readonly string[]): readonly string[] {
  const last = inputs.findLastIndex((name) => name !== '');
  return inputs.slice(0, last + 1);
}

/** A list of integers that has moved from an attribute to the second input. */
const listToInput =
  (name: string): Rewrite =>
  ({ node, ints }) => {
    const values = intsOf(node, name);
    return [values ? change(node, { inputs: [node.inputs[0]!, ints(values)], drop: [name] }) : node];
  };

const clip: Rewrite = ({ node, scalarLike }) => {
  const bound = (name: string) => (node.attributes[name] ? scalarLike(0, floatOf(node, name, 0)) : '');
  return [
    change(node, { inputs: trimmed([node.inputs[0]!, bound('min'), bound('max')]), drop: ['min', 'max'] }),
  ];
};

const pad: Rewrite = ({ node, ints, scalarLike }) => {
  const value = floatOf(node, 'value', 0);
  const inputs = [node.inputs[0]!, ints(intsOf(node, 'pads', [])), value === 0 ? '' : scalarLike(0, value)];
  return [change(node, { inputs: trimmed(inputs), drop: ['pads', 'value'] })];
};

const slice: Rewrite = ({ node, ints }) => {
  const axes = intsOf(node, 'axes');
  const bounds = [ints(intsOf(node, 'starts', [])), ints(intsOf(node, 'ends', []))];
  const inputs = [node.inputs[0]!, ...bounds, ...(axes ? [ints(axes)] : [])];
  return [change(node, { inputs, drop: ['starts', 'ends', 'axes'] })];
};

const dropout: Rewrite = ({ node, scalarLike }) => {
  const ratio = node.attributes.ratio ? [scalarLike(0, floatOf(node, 'ratio', 0.5))] : [];
  return [change(node, { inputs: [node.inputs[0]!, ...ratio], drop: ['ratio'] })];
};

/** Used to work on the matrix whose rows are the axes before `axis` and whose columns are all others. */
const coerced: Rewrite = ({ node, type, fresh }) => {
  const axis = intOf(node, 'axis', 1);
  const rank = type(0)?.dims?.length;
  if (axis === -1 || axis + 1 === rank) return [change(node, { set: { axis: -1 } })];
  const [x, [y]] = [node.inputs[0]!, node.outputs];
  const [matrix, result, shape] = [fresh(), fresh(), fresh()];
  return [
    step('Flatten', [x], matrix, { axis }),
    change(node, { inputs: [matrix], outputs: [result], set: { axis: -1 } }),
    step('Shape', [x], shape),
    step('Reshape', [result, shape], y!, { allowzero: 1 }),
  ];
};

const split: Rewrite = ({ node, ints }) => {
  const sizes = intsOf(node, 'split');
  if (sizes) return [change(node, { inputs: [node.inputs[0]!, ints(sizes)], drop: ['split'] })];
  return [node.inputs.length > 1 ? node : change(node, { set: { num_outputs: node.outputs.length } })];
};

/** Statistics of training are no longer outputs; `spatial: 0` normalized every element by numbers of its own. */
const batchNormalization: Rewrite = ({ node, fresh, scalarLike }) => {
  const [x, scale, bias, mean, variance] = node.inputs as [string, string, string, string, string];
  const output = node.outputs[0]!;
  if (intOf(node, 'spatial', 1) === 1)
    return [change(node, { outputs: [output], drop: ['spatial', 'is_test'] })];
  const [centred, safe, deviation, normal, scaled] = [fresh(), fresh(), fresh(), fresh(), fresh()];
  return [
    step('Sub', [x, mean], centred),
    step('Add', [variance, scalarLike(0, floatOf(node, 'epsilon', 1e-5))], safe),
    step('Sqrt', [safe], deviation),
    step('Div', [centred, deviation], normal),
    step('Mul', [normal, scale], scaled),
    step('Add', [scaled, bias], output),
  ];
};

/** Before operator set 11 sampling was asymmetric, and ONNX Runtime rounded up when it made an image smaller. */
const asymmetric: Rewrite = ({ node, opset, tensor, floats }) => {
  const listed = node.attributes.scales;
  const values = listed?.kind === 'floats' ? listed.value : undefined;
  const scales = values ? floats(values) : node.inputs[1]!;
  const known = values ?? Array.from((tensor(1)?.data ?? []) as ArrayLike<number>);
  const shrinks = opset === 10 && known.some((s) => s < 1);
  const set = {
    mode: stringOf(node, 'mode', 'nearest'),
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: shrinks ? 'ceil' : 'floor',
  };
  return [
    change(node, {
      op: 'Resize',
      inputs: [node.inputs[0]!, '', scales],
      set,
      drop: ['scales', 'height_scale', 'width_scale'],
    }),
  ];
};

/** Inputs that did not apply were empty tensors; now they are absent. */
const resize: Rewrite = (c) => {
  const { node } = c;
  if (c.opset < 11) return asymmetric(c);
  const crops = stringOf(node, 'coordinate_transformation_mode', '') === 'tf_crop_and_resize';
  const [x, roi = '', scales = '', sizes = ''] = node.inputs;
  const halfPixel = stringOf(node, 'coordinate_transformation_mode', '') === 'tf_half_pixel_for_nn';
  const set: Record<string, AttributeInit> = halfPixel
    ? { coordinate_transformation_mode: 'half_pixel' }
    : {};
  return [change(node, { inputs: trimmed([x!, crops ? roi : '', sizes ? '' : scales, sizes]), set })];
};

const topK: Rewrite = ({ node, ints }) => [
  change(node, { inputs: [node.inputs[0]!, ints([intOf(node, 'k', 1)])], drop: ['k'] }),
];

const roiAlign: Rewrite = ({ node }) => [
  change(node, { set: { coordinate_transformation_mode: 'output_half_pixel' } }),
];

const gridSample: Rewrite = ({ node }) => {
  const mode = stringOf(node, 'mode', 'bilinear');
  return [change(node, { set: { mode: mode.replace(/^bi/, '') } })];
};

const all = (names: string, upgrade: Upgrade) =>
  Object.fromEntries(names.split(' ').map((op) => [op, upgrade]));

/** Operators whose signature or meaning has changed between operator sets 7 and 20. */
export const upgrades: Readonly<Record<string, Upgrade>> = {
  ...all('Squeeze Unsqueeze ReduceSum', { before: 13, rewrite: listToInput('axes') }),
  ...all(
    'ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare',
    {
      before: 18,
      rewrite: listToInput('axes'),
    },
  ),
  ...all('Softmax LogSoftmax Hardmax', { before: 13, rewrite: coerced }),
  Clip: { before: 11, rewrite: clip },
  Pad: { before: 11, rewrite: pad },
  Slice: { before: 10, rewrite: slice },
  Split: { before: 18, rewrite: split },
  Dropout: { before: 12, rewrite: dropout },
  BatchNormalization: { before: 14, rewrite: batchNormalization },
  Upsample: { before: 20, rewrite: asymmetric },
  Resize: { before: 13, rewrite: resize },
  TopK: { before: 10, rewrite: topK },
  Scatter: { before: 20, rewrite: ({ node }) => [change(node, { op: 'ScatterElements' })] },
  RoiAlign: { before: 16, rewrite: roiAlign },
  GridSample: { before: 20, rewrite: gridSample },
};
