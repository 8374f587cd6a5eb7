import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { loadModelBytes } from '../../../src/core/models/model-file.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import type { ExternalFile } from '../../../src/core/onnx/external-data.js';
import {
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from '../../../src/core/onnx/generated/onnx_pb.js';
import { dataOf } from '../../support/errors.js';
import { edited, moveOut, split } from '../../support/external.js';
import { sampleModel } from './sample.js';

const whole = encodeModel(sampleModel());
const { model: rest, data } = split(whole, 'net.data');
const files = (content: Uint8Array, name = 'net.data') => ({ externalData: new Map([[name, content]]) });

/** What is wrong with the first weight when its place is said to be another. */
const problemsOf = async (said: Readonly<Record<string, string | number>>, content = data) => {
  const bytes = edited(rest, ({ graph }) => moveOut(firstOf(graph), said));
  return (await dataOf('external-data', () => loadModelBytes(bytes, 'net.onnx', files(content)))).problems;
};

function firstOf(graph: ModelProto['graph']): TensorProto {
  const [first] = graph?.initializer ?? [];
  if (!first) throw new Error('no weight');
  return first;
}

const bytesIn = (tensor: TensorProto) => tensor.rawData.length;

describe('a model with its weights in another file', () => {
  it('is the model that has them inside, to the last byte and with its hash', async () => {
    const [one, two] = [await loadModelBytes(whole), await loadModelBytes(rest, 'net.onnx', files(data))];
    expect(Buffer.from(encodeModel(two.model))).toEqual(Buffer.from(encodeModel(one.model)));
    expect(two.model.graph.initializers).toEqual(one.model.graph.initializers);
    expect([two.sha256, two.bytes, two.external]).toEqual([one.sha256, one.bytes, ['net.data']]);
    expect(one.external).toEqual([]);
  });

  it('has a hash that follows its weights, not their place', async () => {
    const changed = data.slice();
    changed[5] = (changed[5] ?? 0) ^ 1;
    const elsewhere = split(whole, 'weights/net.bin');
    const hashOf = async (bytes: Uint8Array, given: ReturnType<typeof files>) =>
      (await loadModelBytes(bytes, 'net.onnx', given)).sha256;
    const usual = await hashOf(rest, files(data));
    expect(await hashOf(rest, files(changed))).not.toBe(usual);
    expect(await hashOf(elsewhere.model, files(data, 'weights/net.bin'))).toBe(usual);
    expect(await hashOf(rest, files(Uint8Array.of(...data, 1, 2, 3)))).toBe(usual);
  });

  it('is refused by name where nobody gives the file', async () => {
    const problems = ['"net.data" ("k" and 2 more) was not given'];
    expect(await dataOf('external-data', () => loadModelBytes(rest, 'net.onnx'))).toEqual({
      source: 'net.onnx',
      problems,
    });
    expect((await dataOf('external-data', () => decodeModel(rest))).problems).toEqual(problems);
    const { problems: missing } = await dataOf('external-data', () =>
      loadModelBytes(rest, 'net.onnx', files(data, 'other.data')),
    );
    expect(missing).toEqual(['"net.data" ("k" and 2 more): no such file was given']);
  });

  it('finds a name that begins with the folder itself', async () => {
    const { model } = split(whole, './net.data');
    expect((await loadModelBytes(model, 'net.onnx', files(data))).external).toEqual(['./net.data']);
  });
});

describe('places that are wrong', () => {
  it.each([
    [
      'an offset below zero',
      { location: 'net.data', offset: -4 },
      'its offset is "-4", not a number of bytes',
    ],
    ['no offset', { location: 'net.data', offset: 'zero' }, 'its offset is "zero"'],
    [
      'another length',
      { location: 'net.data', length: 8 },
      '8 bytes are given, its shape [2,1,3,3] needs 72',
    ],
    ['an offset past the end', { location: 'net.data', offset: 9e15 }, 'bytes 9000000000000000 to'],
    ['a folder above', { location: '../net.data' }, 'leads out of the folder of the model'],
    ['a folder above on the way', { location: 'a/../../net.data' }, 'leads out of the folder'],
    ['an absolute path', { location: '/etc/passwd' }, 'is an absolute path'],
    ['a drive', { location: 'C:net.data' }, 'is an absolute path'],
    ['a backslash', { location: '..\\net.data' }, 'has a character'],
    ['a NUL', { location: 'net.data\0.txt' }, 'has a character'],
    ['no name', {}, 'has no name'],
  ])('%s', async (_, said, expected) => {
    expect(await problemsOf(said)).toEqual([expect.stringContaining(expected)]);
  });

  it('are all told at once', async () => {
    const bytes = edited(rest, ({ graph }) => {
      const [first, second, third] = graph?.initializer ?? [];
      if (first) moveOut(first, { location: '../a' });
      if (second) moveOut(second, { location: 'net.data', offset: -1 });
      if (third) moveOut(third, { location: 'net.data', offset: data.length - 1 });
    });
    const { problems } = await dataOf('external-data', () => loadModelBytes(bytes, 'n', files(data)));
    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toContain('\n');
  });

  it('cost no memory: nothing is read', async () => {
    const reads: number[] = [];
    const file: ExternalFile = {
      size: data.length,
      read: async (_, length) => {
        reads.push(length);
        return new Uint8Array(length);
      },
    };
    const options = { externalData: async () => file };
    const claims = (dims: readonly bigint[], said: object) =>
      edited(rest, ({ graph }) => {
        const first = firstOf(graph);
        first.dims = [...dims];
        moveOut(first, { location: 'net.data', ...said });
      });
    await dataOf('external-data', () => loadModelBytes(claims([10n ** 9n], {}), 'n', options));
    await dataOf('external-data', () => loadModelBytes(claims([-1n], {}), 'n', options));
    expect(reads).toEqual([]);
  });

  it('more than a file can hold is refused before it is read', async () => {
    const huge: ExternalFile = { size: 2 ** 40, read: async () => Promise.reject(new Error('was read')) };
    const bytes = edited(rest, ({ graph }) => {
      firstOf(graph).dims = [2n ** 29n];
      moveOut(firstOf(graph), { location: 'net.data' });
    });
    const { path, limit } = await dataOf('file-too-large', () =>
      loadModelBytes(bytes, 'net.onnx', { externalData: async () => huge }),
    );
    expect([path, limit]).toEqual(['net.onnx with its external data', 2 ** 31 - 1]);
  });

  it('a file that becomes shorter meanwhile is told, and closed', async () => {
    let closed = 0;
    const file: ExternalFile = {
      size: data.length,
      read: async () => Uint8Array.of(1),
      close: async () => {
        closed += 1;
      },
    };
    const { problems } = await dataOf('external-data', () =>
      loadModelBytes(rest, 'n', { externalData: async () => file }),
    );
    expect(problems).toEqual(['"net.data" became shorter while it was read']);
    expect(closed).toBe(1);
  });
});

describe('weights wherever a model holds them', () => {
  const stored = (name: string, location = 'net.data') => {
    const tensor = create(TensorProtoSchema, { name, dataType: 1, dims: [2n] });
    moveOut(tensor, { location });
    return tensor;
  };

  const holding = (attribute: object) =>
    create(NodeProtoSchema, { opType: 'Custom', domain: 'x', output: ['unused'], attribute: [attribute] });

  const places: Readonly<Record<string, (proto: ModelProto, tensor: TensorProto) => void>> = {
    'an attribute': ({ graph }, t) => graph?.node.push(holding({ name: 'a', type: Kind.TENSOR, t })),
    'a list of tensors': ({ graph }, t) =>
      graph?.node.push(holding({ name: 'a', type: Kind.TENSORS, tensors: [t] })),
    'a sparse attribute': ({ graph }, t) =>
      graph?.node.push(holding({ name: 'a', type: Kind.SPARSE_TENSOR, sparseTensor: { values: t } })),
    'a body': ({ graph }, t) =>
      graph?.node.push(holding({ name: 'a', type: Kind.GRAPH, g: { name: 'b', initializer: [t] } })),
    'a list of bodies': ({ graph }, t) =>
      graph?.node.push(holding({ name: 'a', type: Kind.GRAPHS, graphs: [{ name: 'b', initializer: [t] }] })),
    'a function': (proto, t) => {
      const body = holding({ name: 'a', type: Kind.TENSOR, t });
      proto.functions.push({
        $typeName: 'onnx.FunctionProto',
        ...{ name: 'f', domain: 'x', overload: '', docString: '' },
        ...{ input: [], output: ['unused'], attribute: [], attributeProto: [] },
        ...{ node: [body], opsetImport: [], valueInfo: [], metadataProps: [] },
      });
    },
  };

  it.each(Object.keys(places))('%s', async (place) => {
    const bytes = edited(whole, (proto) => {
      places[place]?.(proto, stored('held'));
      const [domain] = proto.opsetImport;
      if (domain) proto.opsetImport.push({ ...domain, domain: 'x', version: 1n });
    });
    const { problems } = await dataOf('external-data', () => decodeModel(bytes));
    expect(problems).toEqual(['"net.data" ("held") was not given']);
    const given = files(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    const { model, external } = await loadModelBytes(bytes, 'net.onnx', given);
    expect(external).toEqual(['net.data']);
    expect(Buffer.from(encodeModel(model)).includes(Buffer.from(given.externalData.get('net.data')!))).toBe(
      true,
    );
  });

  it('sparse weights', async () => {
    const bytes = edited(whole, ({ graph }) => {
      const indices = create(TensorProtoSchema, { name: 'at', dataType: 7, dims: [2n] });
      moveOut(indices, { location: 'net.data', offset: 8 });
      graph?.sparseInitializer.push({
        $typeName: 'onnx.SparseTensorProto',
        ...{ values: stored('held'), indices, dims: [4n] },
      });
    });
    const { problems } = await dataOf('external-data', () => decodeModel(bytes));
    expect(problems).toEqual(['"net.data" ("held" and 1 more) was not given']);
    // Two numbers, and that they lie at 0 and 1.
    const data = Uint8Array.from({ length: 24 }, (_, i) => Number(i === 16));
    const { model } = await loadModelBytes(bytes, 'n', files(data));
    const [sparse] = model.graph.origin?.sparseInitializer ?? [];
    expect([sparse?.values, sparse?.indices].map((t) => t && bytesIn(t))).toEqual([8, 16]);
  });
});
