import { isStatic } from '../../onnx/dims.js';
import type { Environment } from '../../onnx/environment.js';
import type { Dim, Graph, Model, Node } from '../../onnx/graph.js';
import { inferShapes } from '../../onnx/infer.js';
import { ancestors, inputsOf, topological } from '../../onnx/order.js';
import { inlineControlFlow } from '../../onnx/rewrite/control-flow.js';
import { inlineFunctions } from '../../onnx/rewrite/functions.js';

/** Something in a file that a reader of an evaluation should know of; nothing is run to find it. */
export interface RedFlag {
  /**
   * `warning`: the model may answer otherwise than the evaluation sees, or the file means different things to
   * different programs; `note`: worth knowing.
   */
  readonly severity: 'warning' | 'note';
  /** What was found, as a sentence without its places. */
  readonly text: string;
  /** Where: nodes, tensors, entries of the metadata. Names come from the file, as they are. */
  find(view: ModelView): readonly string[];
}

/** A model as red flags look at it. */
export class ModelView {
  /** With functions and known control flow written out. */
  readonly graph: Graph;
  readonly types: Environment;
  /** Values that depend on the numbers of the input, and not on its shape alone. */
  readonly fromImage: ReadonlySet<string>;
  /** Values that depend on the shape of what depends on the input. */
  readonly fromShape: ReadonlySet<string>;
  /** Values that the outputs depend on. */
  readonly needed: ReadonlySet<string>;

  /** @param model as the file has it */
  constructor(readonly model: Model) {
    const written = inlineControlFlow(inlineFunctions(model));
    this.graph = { ...written.graph, nodes: topological(written.graph) };
    this.types = inferShapes(this.graph);
    const inputs = this.graph.inputs.map(({ name }) => name);
    const { nodes } = this.graph;
    const spread = (sources: Iterable<string>, through: (node: Node) => boolean) => {
      const reached = new Set(sources);
      for (const node of nodes)
        if (through(node) && inputsOf(node).some((name) => reached.has(name)))
          for (const output of node.outputs) reached.add(output);
      return reached;
    };
    this.fromImage = spread(inputs, (node) => !SHAPES.has(node.op));
    const shapes = nodes.filter(
      (node) => SHAPES.has(node.op) && node.inputs.some((name) => this.fromImage.has(name)),
    );
    this.fromShape = spread(
      shapes.flatMap(({ outputs }) => outputs),
      () => true,
    );
    this.needed = ancestors(
      nodes,
      this.graph.outputs.map(({ name }) => name),
    );
  }

  /** Nodes that choose between values by a condition, with the name of the condition. */
  get choices(): readonly { readonly node: Node; readonly condition: string }[] {
    return this.graph.nodes.flatMap((node) => {
      if (node.domain !== '' || !node.outputs.some((name) => this.needed.has(name))) return [];
      const at = { If: 0, Where: 0, Loop: 1 }[node.op];
      const condition = at === undefined ? '' : (node.inputs[at] ?? '');
      return condition === '' ? [] : [{ node, condition }];
    });
  }

  /** Nodes that a value is computed by, back to the input. */
  behind(value: string): readonly Node[] {
    const wanted = ancestors(this.graph.nodes, [value]);
    return this.graph.nodes.filter(({ outputs }) => outputs.some((name) => wanted.has(name)));
  }

  /**
   * Whether one truth value decides for a whole image: of the shape [N, 1, ..., 1] or smaller, where what is
   * chosen has more elements.
   */
  decidesAtOnce({ node, condition }: { readonly node: Node; readonly condition: string }): boolean {
    if (node.op !== 'Where') return true;
    const [dims, result] = [condition, node.outputs[0] ?? ''].map((name) => this.types.type(name)?.dims);
    if (!dims || !result) return false;
    const missing = result.length - dims.length;
    const own = (axis: number): Dim => (axis < missing ? 1 : (dims[axis - missing] ?? 1));
    const isOne = result.every((_, axis) => axis === 0 || own(axis) === 1);
    return isOne && result.some((size, axis) => axis > 0 && size !== 1);
  }

  /** Whether the value holds, or follows from, a size that the file leaves open. */
  isOpen(value: string): boolean {
    const content = this.types.content(value);
    return !content || !isStatic(content.values);
  }
}

/** They look at shapes alone. */
const SHAPES = new Set(['Shape', 'Size']);
