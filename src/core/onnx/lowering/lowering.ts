import type { NodeContext } from '../node-context.js';
import type { OperatorName } from '../operators/index.js';

/**
 * Writes an operator as standard operators of floating-point numbers, for a graph that is differentiated. The
 * deployed model itself is never changed.
 *
 * @returns the value that each output is from then on; undefined when this node cannot be written so
 */
export interface Lowering<K extends OperatorName = OperatorName> {
  write(context: NodeContext<K>): readonly (string | undefined)[] | undefined;
}

export type LoweringFamily = { readonly [K in OperatorName]?: Lowering<K>['write'] };
