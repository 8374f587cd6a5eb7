import { type Node, operatorKey } from '../graph.js';
import { activation } from './activation.js';
import { arrangement } from './arrangement.js';
import { type AttributeValues, readAttributes } from './attributes.js';
import { control } from './control.js';
import { convolutions } from './convolution.js';
import { contractions } from './einsum.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { linear } from './linear.js';
import { machineLearning } from './machine-learning.js';
import { microsoft } from './microsoft.js';
import { microsoftFused } from './microsoft-fused.js';
import { microsoftQuantized } from './microsoft-quantized.js';
import { normalizations } from './normalization.js';
import type { Operator, OperatorFamily } from './operator.js';
import { poolings } from './pooling.js';
import { quantization } from './quantization.js';
import { random } from './random.js';
import { recurrence } from './recurrent.js';
import { reductions } from './reduction.js';
import { resampling } from './resampling.js';
import { shapes } from './shapes.js';
import { structure } from './structure.js';
import { transformer } from './transformer.js';
import { trigonometry } from './trigonometry.js';

/**
 * Every operator that the toolkit knows. A new one is an entry of its family; a new family is one file and
 * one line.
 */
export const operators = {
  ...elementwise,
  ...trigonometry,
  ...activation,
  ...linear,
  ...contractions,
  ...convolutions,
  ...poolings,
  ...normalizations,
  ...reductions,
  ...recurrence,
  ...structure,
  ...indexing,
  ...arrangement,
  ...shapes,
  ...random,
  ...resampling,
  ...control,
  ...quantization,
  ...transformer,
  ...microsoft,
  ...microsoftFused,
  ...microsoftQuantized,
  ...machineLearning,
} as const satisfies OperatorFamily;

/** "Conv", "com.microsoft::QGemm": what rule tables and lowerings are typed by. */
export type OperatorName = keyof typeof operators;

export const isOperatorName = (name: string): name is OperatorName => Object.hasOwn(operators, name);

/** What is known of a node's operator; undefined for one that the toolkit does not know. */
export function operatorOf(node: Node): Operator | undefined {
  const name = operatorKey(node);
  return isOperatorName(name) ? operators[name] : undefined;
}

/** Attribute values of an operator, or of whichever of several. */
export type AttributesOf<K extends OperatorName> = K extends OperatorName
  ? AttributeValues<(typeof operators)[K]['attributes']>
  : never;

/** Attribute values of a node that is known to be of one operator, defaults filled in. */
export const attributesOf = <K extends OperatorName>(node: Node, name: K): AttributesOf<K> =>
  readAttributes(node, operators[name].attributes) as AttributesOf<K>;
