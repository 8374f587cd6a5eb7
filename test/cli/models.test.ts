import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Classifier } from '../../src/core/models/classifier.js';
import { objectives } from '../../src/core/models/objectives/index.js';
import { GraphBuilder } from '../../src/core/onnx/builder.js';
import { reshapingsOf } from '../../src/core/reshaping/index.js';
import { float32, int64, type Tensor } from '../../src/core/tensor/tensor.js';
import { nodeRuntime } from '../../src/node/runtime.js';
import { loadModel } from '../../src/node/subject/load-model.js';
import { run } from '../support/run.js';
import { cli, smallModel, workplace, writeData, writeModel } from './support.js';

const place = workplace();
const model = place.path('hashed.onnx');
const images = float32(
  [3, 1, 12, 12],
  Float32Array.from({ length: 432 }, (_, i) => ((i * 7) % 11) / 11),
);
const logits = async (path: string) =>
  (await run(await loadModel(path), { image: images })).logits as Tensor<'float32'>;

beforeAll(() => void writeModel(model, smallModel('hash:1/8')));

describe('inspect', () => {
  it('counts what is stored and what is computed with', async () => {
    const { code, out, err } = await cli(['inspect', model, '--json', '-']);
    expect(code).toBe(0);
    expect(err).toContain('conv1');
    const report = JSON.parse(out);
    expect(report).toMatchObject({
      schema: 'foolproof.inspect/1',
      opset: 20,
      classifier: { shape: { dims: [1, 12, 12], classes: 4 }, problems: [] },
      differentiable: { ok: true, problems: [] },
    });
    // 4 filters of 3x3; 4 x 6 x 6 to 16; 16 to 4; with biases. An eighth of the weights is stored, rounded.
    const layers = report.layers.map((layer: { parameters: unknown }) => layer.parameters);
    expect(layers).toEqual([
      { stored: 5 + 4, virtual: 36 + 4 },
      { stored: 288 + 16, virtual: 2304 + 16 },
      { stored: 8 + 4, virtual: 64 + 4 },
    ]);
    expect(report.parameters).toEqual({ stored: 9 + 304 + 12, virtual: 40 + 2320 + 68 });
    expect(report.layers[0].reshapings).toEqual([{ name: 'hash', parameters: { rate: 0.125 } }]);
    const conv = report.operators.find((o: { op: string }) => o.op === 'Conv');
    expect(conv).toEqual({ op: 'Conv', count: 1, onPath: 1, gradient: 'exact', refused: null });
  });

  it('prints a table', async () => {
    const { out } = await cli(['inspect', model]);
    expect(out).toMatch(/classifier +yes: images \[1, 12, 12\], 4 classes/);
    expect(out).toMatch(
      /conv1 +Conv +\[N, 4, 12, 12\] +conv1\.weight +\[4, 1, 3, 3\] +9 +40 +hash rate=0\.125/,
    );
  });
});

describe('inhibit', () => {
  it('enlarges the last fully connected layer, and says by how much', async () => {
    const out = place.path('hardened.onnx');
    const result = await cli(['inhibit', model, '--tau', '0.5', '--out', out]);
    expect(result.code).toBe(0);
    expect(result.out).toMatch(/layer logits, weight fc2\.weight, tau 0\.5/);
    const [before, after] = [/before (\S+) to (\S+)/, /after {2}(\S+) to (\S+)/].map(
      (r) => r.exec(result.out)!,
    );
    expect(Number(after![2]) - Number(before![2])).toBeCloseTo(0.5, 3);
    expect(Number(after![1]) - Number(before![1])).toBeCloseTo(-0.5, 3);
    expect(result.err).toContain('every --objective');
    expect(reshapingsOf(await loadModel(out))['fc2.weight']!.map((r) => r.name)).toEqual(['hash', 'inhibit']);
  });

  it('changes the layer it is told to', async () => {
    const result = await cli(['inhibit', model, '--layer', 'conv1', '--out', place.path('conv.onnx'), '-q']);
    expect([result.code, result.err]).toEqual([0, '']);
    expect(result.out).toContain('weight conv1.weight, tau 0.1');
  });
});

describe('materialize', () => {
  it('stores plain weights of the same function', async () => {
    const out = place.path('dense.onnx');
    expect((await cli(['materialize', model, '--out', out])).code).toBe(0);
    const dense = await loadModel(out);
    expect(dense.graph.initializers.get('fc1.weight')!.dims).toEqual([16, 144]);
    expect(reshapingsOf(dense)).toEqual({});
    expect(new Set(dense.graph.nodes.map((n) => n.op))).toEqual(
      new Set(['Conv', 'Relu', 'MaxPool', 'Flatten', 'Gemm']),
    );
    const [a, b] = [await logits(model), await logits(out)];
    a.data.forEach((value, i) => {
      expect(b.data[i]).toBeCloseTo(value, 5);
    });
  });

  it('copies a model that computes no weights', async () => {
    const plain = writeModel(place.path('plain.onnx'), smallModel());
    const { code, err } = await cli(['materialize', plain, '--out', place.path('copy.onnx')]);
    expect(code).toBe(0);
    expect(err).toContain('computes no weights');
    expect(readFileSync(place.path('copy.onnx'))).toEqual(readFileSync(plain));
  });
});

describe('gradient', () => {
  it.each(Object.entries(objectives))(
    'writes a graph of the input gradient of %s',
    async (objective, definition) => {
      const out = place.path('gradient.onnx');
      const result = await cli(['gradient', model, '--objective', objective, '--out', out]);
      expect(result.code).toBe(0);
      expect(result.out).toMatch(/input +label +int64 +\[N\] +classes; -1 is the own prediction/);
      expect(result.out).toMatch(/output +gradient +float32 +\[N, 1, 12, 12\]/);
      const own = int64([3], [-1, -1, -1]);
      const feeds = { image: images, label: own, ...(definition.targeted && { target: own }) };
      const written = await run(await loadModel(out), feeds);
      const classifier = new Classifier(await loadModel(model), { runtime: await nodeRuntime() });
      const expected = await classifier.gradient(images, definition);
      await classifier.release();
      expect(written.gradient).toEqual(expected.gradient);
    },
  );
});

describe('a model that an exporter finished', () => {
  /** Fixed batch, rounded input, Softmax at the end. */
  const exported = place.path('exported.onnx');
  beforeAll(() => {
    const g = new GraphBuilder();
    const x = g.input('image', 'float32', [1, 1, 12, 12]);
    const steps = g.op('Round', [g.mul(x, 4)], {}, { outputs: ['steps'] });
    const flat = g.op('Reshape', [g.add(x, steps), g.ints([1, 144])]);
    const w = Float32Array.from({ length: 576 }, (_, i) => Math.sin(i));
    g.output(
      g.op('Softmax', [g.matmul(flat, g.initializer('w', float32([144, 4], w)))], { axis: 1 }),
      'probability',
    );
    writeModel(exported, g.build());
    writeData(place.path('exported.npz'), { train: 0 });
  });

  it('is inspected with all of that', async () => {
    const { out } = await cli(['inspect', exported]);
    expect(out).toMatch(
      /classifier .*ends in Softmax; its input is taken as the logits; the file fixes the batch size at 1/,
    );
    expect(out).toMatch(/flat +Round \(steps\): piecewise constant/);
    expect(out).toMatch(/Round +1 +1 +zero: piecewise constant/);
    const report = JSON.parse((await cli(['inspect', exported, '--json', '-'])).out);
    expect(report.classifier.shape).toMatchObject({ head: 'softmax', fixedBatch: 1 });
    expect(report.flat).toEqual([{ op: 'Round', nodes: ['steps'] }]);
  });

  it('is attacked and differentiated with a warning of what no gradient comes through', async () => {
    const data = ['--dataset', 'npz', '--data', place.path('exported.npz'), '--threads', '1'];
    const attacked = await cli(['attack', exported, ...data, '--samples', '12', '--epsilon', '0.3', '-q']);
    expect(attacked.code).toBe(0);
    expect(attacked.err).toMatch(
      /^foolproof: warning: no gradient flows back through Round \(steps\): .*\n$/,
    );
    const written = place.path('exported-gradient.onnx');
    const gradient = await cli(['gradient', exported, '--out', written]);
    expect(gradient.code).toBe(0);
    expect(gradient.err).toContain('warning: no gradient flows back through Round (steps)');
    expect(gradient.err).toContain('its input is taken as the logits');
    expect(gradient.out).toMatch(/gradient +float32 +\[N, 1, 12, 12\]/);
  });
});
