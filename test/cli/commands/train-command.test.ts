import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { trainReportSchema } from 'foolproof/node';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { architectures } from '../../../src/core/models/architectures.js';
import { adversaries } from '../../../src/core/training/adversaries.js';
import { augmentations } from '../../../src/core/training/augmentations.js';
import { loadModel } from '../../../src/node/subject/load-model.js';
import { cli, SMALL, spawnCli, workplace, writeData } from '../support.js';

const place = workplace();
const small = [
  'train',
  '--arch',
  SMALL,
  '--kernel',
  '3',
  '--dataset',
  'npz',
  '--data',
  place.path('data.npz'),
];
const argv = (out: string, ...more: string[]) => [
  ...small,
  '--threads',
  '1',
  '--out',
  place.path(out),
  ...more,
];

beforeAll(() => void writeData(place.path('data.npz')));

describe('train', () => {
  it('trains, writes the model, and reports', async () => {
    const { code, out, err } = await cli(
      argv('a.onnx', '--compression', 'hash:1/2', '--epochs', '30', '--batch-size', '20', '--json', '-'),
    );
    expect(code).toBe(0);
    const report = trainReportSchema.parse(JSON.parse(out));
    expect(report.testAccuracy.total).toBe(40);
    expect(report.testAccuracy.value).toBeGreaterThan(0.8);
    expect(report.model.bytes).toBe(readFileSync(place.path('a.onnx')).length);
    expect(report.parameters.stored).toBeLessThan(report.parameters.virtual);
    expect(err).toMatch(/test accuracy +[\d.]+ % \(\d+ of 40/);
    expect((await loadModel(place.path('a.onnx'))).metadata.get('foolproof.architecture')).toBe(SMALL);
    expect(existsSync(place.path('a.onnx.unfinished'))).toBe(false);
  });

  it('gives equal bytes for equal commands', async () => {
    for (const name of ['b.onnx', 'c.onnx']) await cli(argv(name, '--epochs', '2', '-q'));
    expect(readFileSync(place.path('b.onnx'))).toEqual(readFileSync(place.path('c.onnx')));
  });

  it('takes weight decay and augmentation, and names them in the report', async () => {
    const flags = ['--epochs', '1', '--weight-decay', '0.05', '--augment', 'flip+shift'];
    const { code, out } = await cli(argv('w.onnx', ...flags, '--json', '-'));
    expect(code).toBe(0);
    const { plan } = trainReportSchema.parse(JSON.parse(out));
    expect(plan).toMatchObject({ weightDecay: 0.05, augmentation: 'flip+shift:2' });
    const plain = await cli(
      argv('v.onnx', '--epochs', '1', '--weight-decay', '0', '--augment', 'none', '--json', '-'),
    );
    const fields = ['batchSize', 'epochs', 'learningRate', 'optimizer', 'schedule', 'seed'];
    expect(Object.keys(JSON.parse(plain.out).plan).sort()).toEqual(fields);
    await cli(argv('u.onnx', '--epochs', '1', '-q'));
    const [u, v, w] = ['u', 'v', 'w'].map((name) => readFileSync(place.path(`${name}.onnx`)));
    expect(u).toEqual(v);
    expect(u).not.toEqual(w);
  });

  it.each([
    ['--adversarial', 'pgd:0.1,steps=2', { adversary: 'pgd:0.1,steps=2,reach=2.5,warm-up=0.25' }],
    ['--distill', '20', { distillation: 20 }],
  ])('takes %s %s, and names it in the report and in the model', async (flag, value, named) => {
    const { code, out, err } = await cli(argv('r.onnx', '--epochs', '1', flag, value, '--json', '-'));
    expect(code).toBe(0);
    const { plan, history, dataset } = trainReportSchema.parse(JSON.parse(out));
    expect(plan).toMatchObject(named);
    const passes = flag === '--distill' ? 2 : 1;
    expect(history.at(-1)!.images).toBe(passes * dataset.trainImages);
    expect(/training accuracy +[\d.]+ % on perturbed images, loss/.test(err)).toBe(flag === '--adversarial');
    const { metadata } = await loadModel(place.path('r.onnx'));
    for (const [key, text] of Object.entries(named))
      expect(metadata.get(`foolproof.${key}`)).toBe(String(text));
    await cli(argv('q.onnx', '--epochs', '1', '--adversarial', 'none', '-q'));
    expect([...(await loadModel(place.path('q.onnx'))).metadata.keys()]).toEqual([
      'foolproof.architecture',
      'foolproof.input',
    ]);
  });

  it('refuses an adversary and a distillation at once, in one line', async () => {
    const { code, err } = await cli(argv('x.onnx', '--adversarial', 'fgsm-rs:0.1', '--distill', '20'));
    expect(code).toBe(2);
    expect(err).toMatch(/expected an adversary or distillation, not both/);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    ['--adversarial', 'pdg:0.3', /unknown adversary "pdg"; did you mean "pgd"\? Known: none; fgsm-rs; pgd/],
    [
      '--adversarial',
      'pgd:2',
      /pgd epsilon: expected a number from 0 to 1 \(input units\), such as 0.3, received "2"/,
    ],
    ['--adversarial', 'pgd:0.3,step=4', /unknown parameter of pgd "step"; did you mean "steps"/],
    ['--adversarial', 'pgd:0.3,4', /pgd: expected each parameter once, such as pgd:0.3,steps=7/],
    ['--adversarial', 'none:1', /none: expected no parameter/],
    ['--distill', '0', /--distill: expected a number from 1 to 1000, received "0"/],
    ['--distill', 'hot', /--distill: expected a number/],
    ['--arch', 'dnm1', /unknown architecture "dnm1"; did you mean "dnn1"\? Known: paper-mnist; dnn1/],
    ['--arch', '1x6x6-C3bk3-2', /architecture .* at position 7 expected a layer/],
    ['--augment', 'shift:0', /shift pixels: expected a whole number from 1/],
    ['--augment', 'filp', /unknown augmentation "filp"; did you mean "flip"\? Known: none; shift; flip/],
    ['--weight-decay', '-1', /--weight-decay: expected a number from 0/],
    [
      '--weight-decay',
      '100',
      /weight decay: expected .* product with the learning rate is below 1, received 100/,
    ],
  ])('refuses %s %s in one line', async (flag, value, message) => {
    const { code, err } = await cli(argv('x.onnx', `${flag}=${value}`, '--learning-rate', '0.01'));
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(existsSync(place.path('x.onnx'))).toBe(false);
  });

  it('writes a model whose batch normalization is folded away', async () => {
    const arch = SMALL.replace(/([CF]\d+)(?=-)/, '$1b');
    expect(arch).not.toBe(SMALL);
    const flags = ['--arch', arch, '--epochs', '2', '--compression', 'hash:1/2'];
    const { code } = await cli(argv('n.onnx', ...flags, '-q'));
    expect(code).toBe(0);
    const model = await loadModel(place.path('n.onnx'));
    expect(model.graph.nodes.filter((node) => node.op === 'BatchNormalization')).toEqual([]);
    expect(model.metadata.get('foolproof.architecture')).toBe(arch);
    expect(model.metadata.get('foolproof.reshapings')).toContain('"scale"');
  });

  it('lists every architecture in its help', async () => {
    const { out } = await cli(['train', '--help']);
    const help = out.replace(/\s+/g, ' ');
    for (const { name, help: text } of Object.values(architectures))
      expect(help).toContain(`${name} (${text})`);
  });

  it('lists every augmentation in its help', async () => {
    const { out } = await cli(['train', '--help']);
    const help = out.replace(/\s+/g, ' ');
    for (const entry of Object.values(augmentations))
      expect(help).toContain(`(${entry.title}: ${entry.help})`);
    expect(help).toContain('shift:<pixels>');
  });

  it('lists every adversary with its parameters in its help', async () => {
    const { out } = await cli(['train', '--help']);
    const help = out.replace(/\s+/g, ' ');
    for (const { title, help: text, parameters } of Object.values(adversaries)) {
      expect(help).toContain(`(${title}: ${text})`);
      for (const [name, descriptor] of Object.entries(parameters))
        expect(help).toContain(`${name}: ${descriptor.help}`);
    }
    expect(help).toContain('pgd:<epsilon>[,steps=7][,reach=2.5][,warm-up=0.25]');
  });

  it('says so when a checkpoint is not of this training', async () => {
    mkdirSync(place.path('d.onnx.unfinished/scratch/train-0123456789abcdef'), { recursive: true });
    const { code, err } = await cli(argv('d.onnx', '--epochs', '1'));
    expect(code).toBe(0);
    expect(err).toContain('belongs to another training or is damaged; starting anew');
    expect(existsSync(place.path('d.onnx.unfinished'))).toBe(false);
  });

  it('leaves nothing behind when there was nothing to keep', async () => {
    // Features of a single image cannot be normalized.
    const arch = SMALL.replace('F16', 'F16b');
    const { code } = await cli(argv('e.onnx', '--arch', arch, '--batch-size', '1'));
    expect(code).toBe(2);
    expect(place.list().filter((name) => name.startsWith('e.onnx.'))).toEqual([]);
  });
});

describe('an interrupted training', () => {
  const long = [
    'train',
    '--arch',
    '784-C4-C8-F16-10',
    '--train-images',
    '1000',
    '--epochs',
    '12',
    '--threads',
    '1',
  ];
  const interruptible = [...long, '--compression', 'hash:1/4', '--checkpoint-every', '0'];
  const training = (out: string) => [...interruptible, '--out', place.path(out)];
  /** What the training gives in one go, made once. */
  let whole: Promise<Buffer> | undefined;
  const uninterrupted = () => {
    whole ??= cli([...training('whole.onnx'), '-q']).then(() => readFileSync(place.path('whole.onnx')));
    return whole;
  };

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'resumes after %s to the same bits',
    { timeout: 120_000 },
    async (signal) => {
      const name = `${signal}.onnx`;
      const unfinished = place.path(`${name}.unfinished`);
      const hasCheckpoint = () =>
        existsSync(unfinished) &&
        readdirSync(unfinished, { recursive: true, encoding: 'utf8' }).some((f) =>
          f.endsWith('checkpoint.npz'),
        );
      const child = spawnCli(training(name));
      await child.said(', loss');
      // On a busy machine the first line comes well before the first checkpoint.
      await vi.waitFor(() => expect(hasCheckpoint()).toBe(true), { timeout: 60_000 });
      child.kill(signal);
      const stopped = await child.done;
      expect(hasCheckpoint()).toBe(true);
      expect(existsSync(place.path(name))).toBe(false);
      if (signal === 'SIGINT') {
        expect(stopped.code).toBe(130);
        expect(stopped.err).toContain(`Checkpoint: ${unfinished}. Run the same command to go on.`);
      } else expect(stopped.signal).toBe('SIGKILL');

      const resumed = await cli(training(name));
      expect(resumed.code).toBe(0);
      expect(resumed.err).toMatch(/resuming at image [1-9][\d,]* of 12,000/);
      expect(readFileSync(place.path(name))).toEqual(await uninterrupted());
      // A kill in the middle of writing may leave one temporary file, by its name recognizable as such.
      const rest = place.list().filter((file) => file.startsWith(signal) && file !== name);
      expect(rest).toEqual([]);
    },
  );

  it('is not begun when the signal came before', async () => {
    const controller = new AbortController();
    controller.abort();
    const { code, err } = await cli(['reproduce', '--out', place.path('run'), '-q'], controller.signal);
    expect(code).toBe(130);
    expect(err).toMatch(/^foolproof: study interrupted; finished work is kept\. .*\n$/);
  });

  it('takes a signal that arrives twice for one', { timeout: 60_000 }, async () => {
    const child = spawnCli(training('twice.onnx'));
    await child.said(', loss');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    const { code, err } = await child.done;
    expect(code).toBe(130);
    expect(err).toContain('Run the same command to go on.');
  });
});
