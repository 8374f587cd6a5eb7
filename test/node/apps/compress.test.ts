import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  type CompressOptions,
  compress,
  compressReportSchema,
  encodeModel,
  GraphBuilder,
  loadDataset,
  loadModel,
  type Model,
  train,
  weightLayers,
} from 'foolproof/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { SMALL, workplace, writeData } from '../../cli/support.js';
import { dataOf } from '../../support/errors.js';

const place = workplace();
const data = place.path('data.npz');
const model = place.path('float.onnx');
const options: CompressOptions = { model, data, batchSize: 20, threads: 1 };
const DEEP = 'prune:0.5+cluster:16+quantize:int8';

beforeAll(async () => {
  writeData(data);
  await train({ arch: SMALL, kernel: 3, data, epochs: 30, batchSize: 20, threads: 1, out: model });
});

const ops = (found: Model) => found.graph.nodes.map(({ op }) => op);

describe('compress', () => {
  it('is the command as a function, writes nothing by itself, and measures before and after', async () => {
    const { report, files } = await compress({ ...options, with: DEEP });
    expect(compressReportSchema.parse(report)).toEqual(report);
    const [each] = report.compressed;
    expect(each).toMatchObject({
      ...{ path: null, activations: 'none', bytes: files[0]?.length },
      compression: 'prune:0.5,scope=layer,steps=1+cluster:16+quantize:int8,per=channel',
    });
    expect(report.model.testAccuracy.total).toBe(40);
    expect(report.model.testAccuracy.value).toBeGreaterThan(0.8);
    expect(report.model.size.stored).toBe(report.model.size.plain);
    expect(each?.size.stored).toBeLessThan(report.model.size.plain / 7);
    expect(each?.size.parameters.virtual).toBe(report.model.size.parameters.virtual);
    expect(report.dataset.trainImages).toBe(0);
    expect(place.list()).toEqual(['data.npz', 'float.onnx']);
  });

  it('fine-tunes through the compression, adversarially where that is asked for', async () => {
    const before = await compress({ ...options, with: 'prune:0.95+quantize:int4' });
    const tuned = { ...options, with: 'prune:0.95+quantize:int4', finetune: 20, learningRate: 0.01 };
    const after = await compress(tuned);
    const accuracy = ({ report }: typeof before) => report.compressed[0]?.testAccuracy.value ?? 0;
    expect(accuracy(after)).toBeGreaterThan(accuracy(before));
    expect(after.report.finetuning).toMatchObject({ epochs: 20, learningRate: 0.01 });
    expect(after.report.compressed[0]?.size.stored).toBe(before.report.compressed[0]?.size.stored);
    expect(after.report.dataset.trainImages).toBe(120);
    // Once after pruning, once after quantization.
    expect(after.report.compressed[0]?.history.at(-1)?.images).toBe(2 * 20 * 120);
    const out = place.path('hardened.onnx');
    await compress({ ...options, with: 'prune:0.5', finetune: 1, adversarial: 'fgsm-rs:0.1', out });
    expect((await loadModel(out)).metadata.get('foolproof.adversary')).toMatch(/^fgsm-rs:0.1/);
  });

  it.each(['static', 'static:entropy,images=50,type=int8', 'dynamic'])(
    'rounds activations: %s, with integer weights in any case',
    async (activations) => {
      const out = place.path('integers.onnx');
      const { report } = await compress({ ...options, activations, with: 'prune:0.5', out });
      expect(report.compressed[0]?.compression).toBe(
        'prune:0.5,scope=layer,steps=1+quantize:int8,per=channel',
      );
      expect(report.compressed[0]?.testAccuracy.value).toBeGreaterThan(0.7);
      expect(ops(await loadModel(out))).toContain(
        activations === 'dynamic' ? 'DynamicQuantizeLinear' : 'QuantizeLinear',
      );
      expect(report.dataset.trainImages).toBe(activations === 'dynamic' ? 0 : 120);
    },
  );

  it('looks at training images alone', async () => {
    const loaded = await loadDataset(data);
    const { train: own } = loaded;
    const chosen = { ...options, activations: 'static', finetune: 1, with: 'prune:0.5+quantize:int8' };
    const other = { ...loaded, test: own.slice(0, 30) };
    const [a, b] = [await compress({ ...chosen, data: loaded }), await compress({ ...chosen, data: other })];
    expect(a.files).toEqual(b.files);
    expect(a.report.compressed[0]?.testAccuracy).not.toEqual(b.report.compressed[0]?.testAccuracy);
  });

  it('takes models of others: fixed batch, channels last, a softmax, weights that are computed', async () => {
    const foreign = place.path('foreign.onnx');
    const own = await loadModel(model);
    const g = new GraphBuilder();
    const x = g.transpose(g.input('pixels', 'float32', [8, 12, 12, 1]), [0, 3, 1, 2]);
    const stored = (name: string) => {
      const value = own.graph.initializers.get(name);
      if (!value) throw new Error(`no ${name}`);
      return g.initializer(name, value);
    };
    const [conv, full, last] = weightLayers(own);
    const pads = { pads: [1, 1, 1, 1] };
    const biased = g.op('Conv', [x, stored(conv?.weight ?? ''), stored(conv?.bias ?? '')], pads);
    const pooled = g.op('MaxPool', [g.op('Relu', [biased])], { kernel_shape: [2, 2], strides: [2, 2] });
    const hidden = g.add(
      g.matmul(g.reshape(pooled, [8, 144]), g.transpose(stored(full?.weight ?? ''), [1, 0])),
      stored(full?.bias ?? ''),
    );
    const logits = g.op(
      'Gemm',
      [g.op('Relu', [hidden]), stored(last?.weight ?? ''), stored(last?.bias ?? '')],
      {
        transB: 1,
      },
    );
    g.output(g.op('Softmax', [logits], { axis: 1 }), 'probabilities');
    writeFileSync(foreign, encodeModel(g.build()));
    const out = place.path('foreign-small.onnx');
    const { report } = await compress({
      ...options,
      ...{ model: foreign, with: DEEP, activations: 'static', finetune: 5, out },
    });
    expect(report.model.testAccuracy.value).toBeGreaterThan(0.8);
    expect(report.compressed[0]?.testAccuracy.value).toBeGreaterThan(0.7);
    const small = await loadModel(out);
    expect(small.graph.inputs.map(({ name, type }) => [name, type?.dims])).toEqual([
      ['pixels', [8, 12, 12, 1]],
    ]);
    expect(small.graph.outputs.map(({ name }) => name)).toEqual(['probabilities']);
    expect(weightLayers(small)).toHaveLength(3);
  });

  it('is resumed, and then gives the same bytes', async () => {
    const out = place.path('resumed.onnx');
    const tuned = { ...options, with: 'prune:0.5,steps=2', finetune: 2, checkpointEvery: 0 };
    const heard: (number | null)[] = [];
    const controller = new AbortController();
    const progress = {
      ...{ begin() {}, end() {}, overall() {} },
      advance: (done: number, note?: string) => {
        if (note?.includes('loss') && done >= 360) controller.abort();
      },
    };
    const { resume } = await dataOf('interrupted', () =>
      compress({ ...tuned, out, progress, signal: controller.signal }),
    );
    expect(resume).toMatch(/0 of 1 models are written; the rest lies in .*resumed.onnx.unfinished/);
    const onCheckpoint = ({ images }: { images: number | null }) => void heard.push(images);
    await compress({ ...tuned, out, onCheckpoint });
    // In the second step of pruning.
    expect(heard).toEqual([360]);
    expect(existsSync(`${out}.unfinished`)).toBe(false);
    expect(new Uint8Array(readFileSync(out))).toEqual((await compress(tuned)).files[0]);
  });

  it('sweeps over strengths, each a file', async () => {
    const out = place.path('family.onnx');
    const { report } = await compress({ ...options, sweep: ['prune:{0.5,0.9}+quantize:int8'], out });
    const sizes = report.compressed.map(({ size }) => size.stored);
    expect(sizes[1]).toBeLessThan(sizes[0] ?? 0);
    for (const { path, bytes } of report.compressed) expect(readFileSync(path ?? '').length).toBe(bytes);
    expect(report.compressed[1]?.path).toBe(place.path('family-prune-0.9-quantize-int8.onnx'));
  });

  it.each<[string, Partial<CompressOptions>, 'bad-value' | 'nothing-to-do' | 'unknown-name', RegExp]>([
    ['no compression', {}, 'nothing-to-do', /No compression/],
    ['one and a sweep', { with: 'prune:0.5', sweep: ['prune:0.5'] }, 'bad-value', /both/],
    ['a strength twice', { sweep: ['prune:{0.5,0.5}'] }, 'bad-value', /once/],
    [
      'gradual pruning of centroids',
      { with: 'cluster:4+prune:0.5,steps=2' },
      'bad-value',
      /first compression/,
    ],
    ['a defence', { with: 'inhibit:0.1' }, 'bad-value', /inhibit/],
    ['an unknown one', { with: 'prume:0.5' }, 'unknown-name', /prume/],
    ['int4 with integer activations', { with: 'quantize:int4', activations: 'static' }, 'bad-value', /int8/],
    [
      'an adversary of nothing',
      { with: 'prune:0.5', adversarial: 'fgsm-rs:0.1' },
      'bad-value',
      /fine-tuning/,
    ],
  ])('refuses %s', async (_, given, code, message) => {
    const error = await dataOf(code, () => compress({ ...options, ...given }));
    expect(JSON.stringify(error)).toMatch(message);
  });

  it('refuses what is quantized already, with the reason', async () => {
    const out = place.path('once.onnx');
    await compress({ ...options, activations: 'static', with: 'quantize:int8', out });
    const { received } = await dataOf('bad-value', () =>
      compress({ ...options, model: out, with: 'prune:0.5' }),
    );
    expect(received).toMatch(/quantized already/);
  });
});
