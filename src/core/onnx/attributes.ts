import type { Attribute } from './graph.js';

/** Kinds of the attributes that shapes, upgrades and gradients read; standard ONNX gives a name one kind everywhere. */
const names: Readonly<Partial<Record<Attribute['kind'], string>>> = {
  int: 'axis to group keepdims noop_with_empty_axes allowzero transA transB blocksize ceil_mode count_include_pad start end num_outputs select_last_index',
  ints: 'strides pads dilations kernel_shape output_padding output_shape perm axes starts ends split',
  float: 'alpha beta epsilon gamma',
  string: 'auto_pad mode direction reduction approximate keep_aspect_ratio_policy',
};

const kinds = new Map(
  Object.entries(names).flatMap(([kind, list]) => list.split(' ').map((name) => [name, kind] as const)),
);

/** What is wrong with an attribute of an operator of standard ONNX; undefined when nothing is. */
export function attributeProblem(name: string, { kind }: Attribute): string | undefined {
  const expected = kinds.get(name);
  if (expected === undefined || expected === kind) return undefined;
  return `attribute "${name}" is of the kind ${kind}, not ${expected}`;
}
