import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '../../onnx/generated/onnx_pb.js';
import type { RedFlag } from './red-flag.js';

/** Fields of a tensor that hold its numbers; one of them is in use. */
const contents = (tensor: TensorProto): number =>
  [
    tensor.rawData,
    tensor.floatData,
    tensor.int32Data,
    tensor.int64Data,
    tensor.doubleData,
    tensor.uint64Data,
    tensor.stringData,
  ].filter(({ length }) => length > 0).length;

const named = (tensor: TensorProto | undefined, name: string) =>
  tensor && contents(tensor) > 1 ? [tensor.name || name] : [];

const inGraph = (graph: GraphProto | undefined): string[] =>
  graph
    ? [
        ...graph.initializer.flatMap((tensor) => named(tensor, 'initializer')),
        ...graph.sparseInitializer.flatMap(({ values }) => named(values, 'sparse initializer')),
        ...graph.node.flatMap(inNode),
      ]
    : [];

const inNode = (node: NodeProto): string[] =>
  node.attribute.flatMap((attribute: AttributeProto) => [
    ...named(attribute.t, node.name || node.opType),
    ...inGraph(attribute.g),
  ]);

/** Programs differ in which of them they read. */
export const ambiguousTensor: RedFlag = {
  severity: 'warning',
  text:
    'tensors that hold their numbers twice, as bytes and in a typed field: programs differ in which they ' +
    'read (here the bytes, as ONNX Runtime does)',
  find: ({ model }) => [
    ...inGraph(model.origin?.graph),
    ...(model.functions ?? []).flatMap(({ origin }) => (origin?.node ?? []).flatMap(inNode)),
  ],
};

/** Control characters, marks that turn the direction of text round, tags and addresses of scripts. */
const CONSPICUOUS = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names may hold them, and terminals obey them
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
  /<\/?[a-z!][^>]*>|javascript:|\bon[a-z]+\s*=\s*["']/i,
];

const isConspicuous = (text: string): boolean => CONSPICUOUS.some((pattern) => pattern.test(text));

/** Text that a terminal or a browser would obey; shown here with its characters escaped. */
export const conspicuousText: RedFlag = {
  severity: 'warning',
  text: 'names or metadata with HTML or control characters; here they are escaped wherever they are shown',
  find: ({ model }) => {
    const { graph, metadata } = model;
    const texts: [where: string, text: string][] = [
      ['the producer', model.producer],
      ['the name of the graph', graph.name],
      ...[...metadata].flatMap(([key, value]): [string, string][] => [
        ['a key of the metadata', key],
        [isConspicuous(key) ? 'metadata' : `metadata "${key}"`, value],
      ]),
    ];
    const names = new Set<string>();
    for (const node of graph.nodes)
      for (const name of [node.name, node.op, node.domain, ...node.outputs])
        if (isConspicuous(name)) names.add(name);
    for (const { name } of [...graph.inputs, ...graph.outputs]) if (isConspicuous(name)) names.add(name);
    for (const name of graph.initializers.keys()) if (isConspicuous(name)) names.add(name);
    return [
      ...texts.filter(([, text]) => isConspicuous(text)).map(([where]) => where),
      ...[...names].map((name) => `the name ${JSON.stringify(name)}`),
    ];
  },
};
