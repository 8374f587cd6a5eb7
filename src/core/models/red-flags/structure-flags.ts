import { isFloating } from '../../autodiff/rule.js';
import { bodiesOf, type Graph, type Node, nodeLabel, operatorKey } from '../../onnx/graph.js';
import { isOperatorName } from '../../onnx/operators/index.js';
import type { ModelView, RedFlag } from './red-flag.js';

/** Operators behind which numbers are whole, or steps of something. */
const ROUNDING = new Set(['Round', 'Floor', 'Ceil', 'Mod', 'QuantizeLinear']);

const isRounding = (view: ModelView, node: Node): boolean => {
  if (ROUNDING.has(node.op)) return true;
  const [from, to] = [node.inputs[0], node.outputs[0]].map((name) => view.types.type(name ?? '')?.dtype);
  return node.op === 'Cast' && !!from && !!to && isFloating(from) && /^u?int/.test(to);
};

/** Decisions for whole images that follow from their numbers. */
const decisions = (view: ModelView) =>
  view.choices.filter((choice) => view.fromImage.has(choice.condition) && view.decidesAtOnce(choice));

const roundedFirst = (view: ModelView, condition: string): boolean =>
  view
    .behind(condition)
    .some((node) => isRounding(view, node) && node.inputs.some((name) => view.fromImage.has(name)));

/**
 * A network that answers by one of several networks, depending on the image, may be attacked through
 * whichever is weakest; its gradient is that of the one that answers.
 */
export const inputDependentBranch: RedFlag = {
  severity: 'warning',
  text: 'a branch depends on the image: one condition for a whole image chooses between results',
  find: (view) =>
    decisions(view)
      .filter(({ condition }) => !roundedFirst(view, condition))
      .map(({ node }) => nodeLabel(node)),
};

/** Answers to images of 8 bits and to others may come from different networks. */
export const roundingSwitch: RedFlag = {
  severity: 'warning',
  text:
    'a branch depends on whether the image is rounded: images of 8 bits and others may be answered ' +
    'differently, so that an attack has to be judged on both',
  find: (view) =>
    decisions(view)
      .filter(({ condition }) => roundedFirst(view, condition))
      .map(({ node }) => nodeLabel(node)),
};

/** The answer to one image may differ from the answer to the same image among others. */
export const batchDependentBranch: RedFlag = {
  severity: 'warning',
  text:
    'the size of the batch is computed with: one image may be answered differently alone and among others, ' +
    'so that the batch size of deployment has to be judged',
  find: (view) => {
    const branches = view.choices.filter(({ node, condition }) => {
      const chosen = node.op !== 'Where' || node.outputs.some((name) => view.fromImage.has(name));
      return (
        chosen && view.fromShape.has(condition) && !view.fromImage.has(condition) && view.isOpen(condition)
      );
    });
    const numbers = view.graph.nodes.filter((node) => {
      const [from = '', to = ''] = [node.inputs[0], node.outputs[0]];
      if (node.op !== 'Cast' || !view.fromShape.has(from) || view.fromImage.has(from)) return false;
      const dtype = view.types.type(to)?.dtype;
      return !!dtype && isFloating(dtype) && view.isOpen(from) && view.needed.has(to) && meets(view, to);
    });
    return [...branches.map(({ node }) => node), ...numbers].map(nodeLabel);
  },
};

/** Whether a number is computed with what depends on the image. */
function meets(view: ModelView, value: string): boolean {
  const reached = new Set([value]);
  return view.graph.nodes.some((node) => {
    if (!node.inputs.some((name) => reached.has(name)) || node.op === 'Shape') return false;
    const other = node.inputs.some((name) => !reached.has(name) && view.fromImage.has(name));
    const isShape = ['Reshape', 'Expand', 'Resize', 'Slice', 'Tile', 'Pad'].includes(node.op);
    for (const output of node.outputs) if (!isShape) reached.add(output);
    return other && !isShape;
  });
}

/** Other numbers every time: an attack is judged on one draw. */
export const randomness: RedFlag = {
  severity: 'warning',
  text: 'the model draws random numbers: its answers to one image may differ from run to run',
  find: (view) =>
    view.graph.nodes
      .filter(
        ({ op, domain, outputs }) =>
          domain === '' && RANDOM.has(op) && outputs.some((name) => view.needed.has(name)),
      )
      .map(nodeLabel),
};

const RANDOM = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
]);

const STANDARD = new Set(['', 'ai.onnx.ml', 'ai.onnx.preview.training', 'ai.onnx.training']);

/** What they compute is in a library, not in the file. */
export const customOperator: RedFlag = {
  severity: 'warning',
  text: 'operators of a domain of its own: what they compute is not in the file, and they have no gradient',
  find: ({ graph }) => {
    const own = (nodes: Graph['nodes']): string[] =>
      nodes.flatMap((node) => [
        ...(STANDARD.has(node.domain) ||
        node.domain.startsWith('com.microsoft') ||
        isOperatorName(operatorKey(node))
          ? []
          : [`${operatorKey(node)} (${nodeLabel(node)})`]),
        ...bodiesOf(node).flatMap((body) => own(body.nodes)),
      ]);
    return own(graph.nodes);
  },
};

/** Nodes that call them look like operators, of any name. */
export const localFunction: RedFlag = {
  severity: 'note',
  text: 'functions of the model itself, which some tools cannot read; here they are written out',
  find: ({ model }) =>
    (model.functions ?? []).map(({ domain, name }) => (domain ? `${domain}::${name}` : name)),
};
