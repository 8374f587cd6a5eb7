import type { Model } from '../onnx/graph.js';
import { reshapingsOf } from './apply-reshaping.js';
import type { Reshaping } from './reshaping.js';

/**
 * The model without its defences: each is replaced by the identity (`W = theta`). Compressions stay, since
 * they define the deployed function. The gradient of the result is a surrogate for the masked one (BPDA,
 * Athalye, Carlini and Wagner 2018, with the identity in place of the defence).
 *
 * @returns undefined when no defence is recorded in the model, or none that is still there
 */
export function withoutDefences(model: Model, known: Readonly<Record<string, Reshaping>>): Model | undefined {
  const bypassed = new Map<string, string>();
  for (const [weight, chain] of Object.entries(reshapingsOf(model))) {
    chain.forEach(({ name, stored }, i) => {
      const isDefence = Object.hasOwn(known, name) && known[name]?.kind === 'defence';
      // The output of a reshaping has the name that the next one stores, in the end the weight's own.
      if (isDefence) bypassed.set(chain[i + 1]?.stored ?? weight, stored);
    });
  }
  const nodes = model.graph.nodes.map((node) => {
    const stored = node.op === 'Identity' ? bypassed.get(node.outputs[0]!) : undefined;
    return stored === undefined ? node : { ...node, inputs: [stored] };
  });
  // A record alone proves nothing: another program may have folded the defence into plain numbers.
  if (nodes.every((node, i) => node === model.graph.nodes[i])) return undefined;
  return { ...model, graph: { ...model.graph, nodes } };
}
