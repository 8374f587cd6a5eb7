import { GraphBuilder } from '../builder.js';
import type { Model, Node } from '../graph.js';
import { topological } from '../order.js';

/**
 * Writes what takes the place of a node: new nodes, and for each output the value that it is from then on
 * (undefined for one that is not used). A node for which it writes nothing and returns nothing stays.
 */
export type Rewrite = (node: Node, g: GraphBuilder) => readonly (string | undefined)[] | undefined;

/**
 * The model with some of its nodes replaced by others of the same function. Values keep their names, so
 * nothing else changes.
 *
 * @param prefix what names of new values begin with
 * @returns the model itself when every node stays
 */
export function rewriteNodes(model: Model, rewrite: Rewrite, prefix: string): Model {
  const nodes = topological(model.graph);
  const g = new GraphBuilder(model, prefix, 'rewritten');
  let changed = false;
  for (const node of nodes) {
    g.expect(node);
    const results = rewrite(node, g);
    changed ||= results !== undefined;
    if (!results) g.copy(node);
    for (const [i, name] of node.outputs.entries()) {
      const result = results?.[i];
      if (name !== '' && result) g.name(result, name);
    }
  }
  return changed ? g.build() : model;
}
