import { type Model, type Node, operatorKey } from '../graph.js';
import { NodeContext } from '../node-context.js';
import { isOperatorName, type OperatorName } from '../operators/index.js';
import { inlineControlFlow } from '../rewrite/control-flow.js';
import { inlineFunctions } from '../rewrite/functions.js';
import { rewriteNodes } from '../rewrite/nodes.js';
import { activation } from './activation.js';
import { einsum } from './einsum.js';
import { fused } from './fused.js';
import type { Lowering, LoweringFamily } from './lowering.js';
import { machineLearning } from './machine-learning.js';
import { microsoft } from './microsoft.js';
import { normalization } from './normalization.js';
import { pooling } from './pooling.js';
import { recurrence } from './recurrent.js';
import { regions } from './regions.js';
import { rotary } from './rotary.js';
import { sampling } from './sampling.js';
import { transformer } from './transformer.js';

/** Every operator that is differentiated as others. A new family is one file and one line here. */
export const lowerings: LoweringFamily = {
  ...einsum,
  ...normalization,
  ...pooling,
  ...recurrence,
  ...sampling,
  ...regions,
  ...rotary,
  ...transformer,
  ...activation,
  ...fused,
  ...microsoft,
  ...machineLearning,
};

const hasLowering = (name: string): name is OperatorName =>
  isOperatorName(name) && Object.hasOwn(lowerings, name);

/** A lowering may write operators that have lowerings themselves. */
const MAX_ROUNDS = 8;

/**
 * The model as a graph that can be differentiated: its functions and the branches that are taken written out,
 * and operators that stand for several others replaced by those. The numbers are the same up to rounding, so
 * this is for gradients alone: what is fooled is decided by the model as it is deployed.
 *
 * @returns the model itself when there is nothing to replace
 */
export function lower(model: Model, source = 'model'): Model {
  let lowered = inlineControlFlow(inlineFunctions(model, source), source);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (!lowered.graph.nodes.some((node) => hasLowering(operatorKey(node)))) break;
    const next = rewriteNodes(lowered, write, 'fp/lower/');
    if (next === lowered) break;
    lowered = next;
  }
  return lowered;
}

function write(node: Node, g: NodeContext['g']) {
  const name = operatorKey(node);
  if (!hasLowering(name)) return undefined;
  const lowering: Lowering['write'] | undefined = lowerings[name] as Lowering['write'];
  return lowering?.(new NodeContext(g, node, name));
}
