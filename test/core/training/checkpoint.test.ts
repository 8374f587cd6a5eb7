import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpz, writeNpz } from '../../../src/core/tensor/npz.js';
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from '../../../src/core/training/checkpoint.js';
import { normal } from '../../support/classifiers.js';
import { type Tensor, tensor } from '../../support/toolkit.js';

const parameters = new Map([
  ['fc1.weight/hash/theta', normal([5], 'theta')],
  ['conv1.weight', normal([2, 1, 3, 3], 'conv')],
]);

const checkpoint: Checkpoint = {
  header: {
    key: 'key',
    step: 17,
    history: [{ images: 128, loss: 0.1 + 0.2, accuracy: 0.5 }],
    running: { images: 8, loss: 1e-17, correct: 3 },
    parameters: [...parameters.keys()],
    slots: ['m', 'v'],
  },
  parameters,
  state: new Map(
    [...parameters].flatMap(([name, value]) =>
      ['m', 'v'].map((slot) => [`${name}/${slot}`, normal([value.data.length], name, slot).data]),
    ),
  ),
};
const bytes = encodeCheckpoint(checkpoint);

/** The same archive with one of its arrays replaced or, without a replacement, removed. */
function withArray(name: string, value?: Tensor): Uint8Array {
  const arrays: Map<string, Tensor> = new Map(readNpz(bytes, { source: 'test' }));
  if (value) arrays.set(name, value);
  else arrays.delete(name);
  return writeNpz(arrays);
}

const header = (content: unknown) => {
  const json = new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content));
  return withArray('header', tensor('uint8', [json.length], json));
};

describe('checkpoint', () => {
  it('comes back bit for bit', () => {
    const back = decodeCheckpoint(bytes, 'key')!;
    expect(back.header).toEqual(checkpoint.header);
    expect([...back.parameters.keys()]).toEqual([...parameters.keys()]);
    for (const [name, value] of parameters) {
      expect(back.parameters.get(name)!.dims).toEqual(value.dims);
      expect(back.parameters.get(name)!.data).toEqual(value.data);
    }
    expect(back.state).toEqual(checkpoint.state);
  });

  it('brings back the values of a teacher', () => {
    const teacher = new Map([['fc1.bias', normal([3], 'teacher')]]);
    const header = { ...checkpoint.header, teacher: [...teacher.keys()] };
    const back = decodeCheckpoint(encodeCheckpoint({ ...checkpoint, header, teacher }), 'key')!;
    expect(back.teacher!.get('fc1.bias')!.data).toEqual(teacher.get('fc1.bias')!.data);
    expect(decodeCheckpoint(bytes, 'key')!.teacher).toBeUndefined();
  });

  it('of another training is none', () => {
    expect(decodeCheckpoint(bytes, 'other')).toBeUndefined();
  });

  it.each<[string, Uint8Array]>([
    ['is empty', new Uint8Array(0)],
    ['is something else', new TextEncoder().encode('PK but no archive')],
    ['has no header', withArray('header')],
    ['has a header that is no JSON', header('{"key"')],
    ['has a header of other fields', header({ key: 'key' })],
    ['has a negative step', header({ ...checkpoint.header, step: -1 })],
    ['lacks a parameter', withArray('parameter_1')],
    ['lacks a slot', withArray('v_0')],
    [
      'has a parameter of another type',
      withArray('parameter_0', tensor('float64', [5], new Float64Array(5))),
    ],
    ['has a slot of another type', withArray('m_0', tensor('float64', [5], new Float64Array(5)))],
    ['has a slot of another size', withArray('m_0', tensor('float32', [4], new Float32Array(4)))],
  ])('that %s is none', (_, damaged) => {
    expect(decodeCheckpoint(damaged, 'key')).toBeUndefined();
  });

  it('cut off anywhere is none', () => {
    for (let length = 0; length < bytes.length; length += 7) {
      expect(decodeCheckpoint(bytes.subarray(0, length), 'key')).toBeUndefined();
    }
  });

  it('with any byte changed is none, or says the same', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = bytes.map((b, i) => (i === at ? b ^ change : b));
        const back = decodeCheckpoint(damaged, 'key');
        // Bytes that no reader needs (times, attributes of the archive) may change without harm.
        if (back)
          expect([back.header, back.parameters, back.state]).toEqual([
            checkpoint.header,
            checkpoint.parameters,
            checkpoint.state,
          ]);
      }),
      { numRuns: 600 },
    );
  });
});
