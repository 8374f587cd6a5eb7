import { describe, expect, it } from 'vitest';
import { modelOf } from '../support/run.js';
import { float32, type GraphBuilder, stream } from '../support/toolkit.js';
import { cli, workplace, writeData, writeModel } from './support.js';

const place = workplace();
const draw = (dims: readonly number[], name: string) => {
  const random = stream(1, name);
  return float32(
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()),
  );
};

/** 144 pixels to 4 classes, twice. */
const two = modelOf((g: GraphBuilder) => {
  const flat = g.op('Flatten', [g.input('image', 'float32', ['N', 1, 12, 12])]);
  const scores = (name: string) =>
    g.op('MatMul', [flat, g.initializer(`w-${name}`, draw([144, 4], name))], {}, { outputs: [name] });
  return [scores('first'), scores('second')];
});

const free = modelOf((g: GraphBuilder) => {
  const image = g.input('image', 'float32', ['N', 1, 'H', 'W']);
  const maps = g.op('Conv', [image, g.initializer('k', draw([4, 1, 3, 3], 'k'))]);
  return g.op('Flatten', [g.op('GlobalAveragePool', [maps])]);
});

describe('a model with several outputs that may hold the classes', () => {
  const model = place.path('two.onnx');
  writeModel(model, two);
  const data = writeData(place.path('data.npz'));
  const commands: Readonly<Record<string, readonly string[]>> = {
    gradient: ['gradient', model, '--out', place.path('g.onnx')],
    attack: ['attack', model, '--dataset', 'npz', '--data', data, '--samples', '4', '--epsilon', '0.1'],
  };
  it.each(Object.keys(commands))('%s asks which, and is told by a flag', async (name) => {
    const args = [...(commands[name] ?? [])];
    const asked = await cli(args);
    expect(asked.code).toBe(2);
    expect(asked.err).toMatch(
      /several outputs may hold its classes: first .*; second .*The option is --output\./,
    );
    expect((await cli([...args, '--output', 'second'])).code).toBe(0);
    const wrong = await cli([...args, '--output', 'secnd']);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('did you mean "second"')]);
  });

  it('inspect says so, and describes the one that is named', async () => {
    const asked = await cli(['inspect', model]);
    expect(asked.out).toMatch(/classifier +no: several outputs may hold the classes: first/);
    const named = await cli(['inspect', model, '--output', 'first']);
    expect(named.out).toMatch(/classifier +yes: images \[1, 12, 12\], 4 classes/);
  });
});

describe('a model that leaves the size of its images free', () => {
  it('is differentiated for the size that is stated', async () => {
    const [model, out] = [place.path('free.onnx'), place.path('sized.onnx')];
    writeModel(model, free);
    expect((await cli(['gradient', model, '--out', out])).code).toBe(2);
    const sized = await cli(['gradient', model, '--out', out, '--size', '9x7']);
    expect([sized.code, sized.out]).toEqual([0, expect.stringMatching(/image +float32 +\[N, 1, 9, 7\]/)]);
    expect((await cli(['inspect', model, '--size', '9x7'])).out).toContain(
      'yes: images [1, 9, 7], 4 classes',
    );
  });
});
