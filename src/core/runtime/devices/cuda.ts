import { floatOf, type Model, type Node } from '../../onnx/graph.js';
import { topological } from '../../onnx/order.js';
import { type Environment, inferShapes } from '../../onnx/shapes/index.js';
import { int64, type Tensor } from '../../tensor/tensor.js';

/** Writes nodes and constants in the place of one node. */
interface Scribe {
  readonly types: Environment;
  /** Writes a node; its output is called `name` when that is given. */
  op(op: string, inputs: readonly string[], attributes?: Node['attributes'], name?: string): string;
  ints(values: readonly number[]): string;
}

/** Writes a node anew. @returns false when it may stay as it is */
type Rewrite = (node: Node, scribe: Scribe) => boolean;

const int = (value: number) => ({ kind: 'int', value }) as const;

/**
 * The CUDA kernel refuses the training mode since operator set 14. Mean and variance are computed first, and handed to the inference
 * mode. Spatial axes first: their sum runs over adjacent memory.
 */
const batchNormalization: Rewrite = (node, { types, op, ints }) => {
  const [x = '', scale = '', shift = ''] = node.inputs;
  const [y = '', mean, variance] = node.outputs;
  const rank = types.type(x)?.dims?.length;
  if (node.attributes.training_mode?.value !== 1 || floatOf(node, 'momentum', 0.9) !== 0 || !rank)
    return false;
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + 2);
  const average = (value: string, name?: string) => {
    const [kept, dropped] = [{ keepdims: int(1) }, { keepdims: int(0) }];
    const rows = spatial.length > 0 ? op('ReduceMean', [value, ints(spatial)], kept) : value;
    const channels = op('ReduceMean', [rows, ints([0])], kept);
    const all = spatial.length > 0 ? op('Squeeze', [channels, ints([0, ...spatial])], {}, name) : undefined;
    return { channels, vector: all ?? op('ReduceMean', [value, ints([0])], dropped, name) };
  };
  const { channels, vector } = average(x, mean);
  const centred = op('Sub', [x, channels]);
  const spread = average(op('Mul', [centred, centred]), variance).vector;
  const epsilon = { kind: 'float', value: floatOf(node, 'epsilon', 1e-5) } as const;
  op('BatchNormalization', [x, scale, shift, vector, spread], { epsilon }, y);
  return true;
};

/** There is no CUDA kernel; windows that `MaxUnpool` is right for do not overlap, so each value goes to a place of its own. */
const maxUnpool: Rewrite = (node, { types, op, ints }) => {
  const [values = '', indices = '', given] = node.inputs;
  const sizes = types.type(node.outputs[0]!)?.dims?.slice(1);
  if (!given && !sizes?.every((size) => typeof size === 'number')) return false;
  const batch = () => op('Slice', [op('Shape', [values]), ints([0]), ints([1]), ints([0])]);
  const shape = given || op('Concat', [batch(), ints(sizes as number[])], { axis: int(0) });
  const flat = (value: string) => op('Reshape', [value, ints([-1])]);
  const scattered = op(
    'ScatterElements',
    [flat(op('ConstantOfShape', [shape])), flat(indices), flat(values)],
    {
      axis: int(0),
    },
  );
  op('Reshape', [scattered, shape], {}, node.outputs[0]);
  return true;
};

const rewrites: Readonly<Record<string, Rewrite>> = {
  BatchNormalization: batchNormalization,
  MaxUnpool: maxUnpool,
};

/**
 * The same model without operators that ONNX Runtime's CUDA provider refuses, or has no kernel for and would carry to the processor
 * and back. A new one is an entry in `rewrites`.
 */
export function forCuda(model: Model): Model {
  if (!model.graph.nodes.some(({ op }) => Object.hasOwn(rewrites, op))) return model;
  const ordered = topological(model.graph);
  const types = inferShapes({ ...model.graph, nodes: ordered });
  const initializers = new Map<string, Tensor>(model.graph.initializers);
  const nodes = ordered.flatMap((node) => {
    const written: Node[] = [];
    const root = `${node.outputs[0]}/cuda`;
    const scribe: Scribe = {
      types,
      op(op, inputs, attributes = {}, name) {
        const output = name || `${root}/${written.length}`;
        written.push({ op, domain: '', name: output, inputs, outputs: [output], attributes });
        return output;
      },
      ints(values) {
        const name = `${root}/ints/${values}`;
        initializers.set(name, int64([values.length], values));
        return name;
      },
    };
    const rewrite = Object.hasOwn(rewrites, node.op) && node.domain === '' ? rewrites[node.op] : undefined;
    return rewrite?.(node, scribe) ? written : [node];
  });
  return { ...model, graph: { ...model.graph, nodes, initializers } };
}
