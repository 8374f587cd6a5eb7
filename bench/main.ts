import { fgsm } from '../src/core/attacks/fgsm.js';
import { sweep } from '../src/core/attacks/index.js';
import { jsma } from '../src/core/attacks/jsma.js';
import { buildModel } from '../src/core/models/build-model.js';
import { Classifier } from '../src/core/models/classifier.js';
import { objectives } from '../src/core/models/objectives/index.js';
import type { Model } from '../src/core/onnx/graph.js';
import { parseReshaping, reshapeAll } from '../src/core/reshaping/index.js';
import { loadDataset } from '../src/node/datasets/index.js';
import { nodeRuntime } from '../src/node/runtime.js';
import { measure, type Task } from './measure.js';
import { SGEMM, sgemm, trainingTask } from './tasks.js';

/**
 * Speed of the paper's MNIST network at batch 128, as JSON on stdout: times, images per second, and the share
 * of this machine's roofline, which is one large single-precision matrix product run through the same engine
 * in the same process.
 *
 * usage: npm run -s bench -- [rounds]
 */
const BATCH = 128;
const EPSILONS = [0.1, 0.2, 0.3, 0.4, 0.5];
const ELEMENTS = jsma.budget.default;
/**
 * What a single-shot sweep may cost beside its forward passes: two products, and the passes
 * that find target and map.
 */
const JSMA_GRADIENTS = 3;
const rounds = Number(process.argv[2] ?? 15);

/** Operations of the network for one image: forward, gradient to the input, gradients to the weights. */
const macs = { conv1: 28 * 28 * 25 * 64, conv2: 14 * 14 * 25 * 64 * 128, fc1: 6272 * 512, fc2: 512 * 10 };
const all = 2 * (macs.conv1 + macs.conv2 + macs.fc1 + macs.fc2);
const flops = {
  forward: all,
  inputGradient: all,
  weightGradient: all,
  trainingStep: 3 * all - 2 * macs.conv1,
};

const runtime = await nodeRuntime();
const { test } = await loadDataset('mnist');
const { images, labels } = test.batch(Array.from({ length: BATCH }, (_, i) => i));
const dense = buildModel('784-C64-C128-F512-10');
const hashed = reshapeAll(dense, parseReshaping('hash:1/64'), 1);
const objective = objectives['cross-entropy'];

function attackTasks(name: string, model: Model): Task[] {
  const classifier = new Classifier(model, { runtime, batchSize: BATCH });
  const forward = BATCH * flops.forward;
  const gradient = forward + BATCH * flops.inputGradient;
  const target = { attack: fgsm, classifier, objective, images, labels: labels.data, budgets: EPSILONS };
  return [
    {
      name: `forward ${name}`,
      flops: forward,
      images: BATCH,
      run: async () => void (await classifier.logits(images)),
    },
    {
      name: `input gradient ${name}`,
      flops: gradient,
      images: BATCH,
      run: async () => void (await classifier.gradient(images, objective)),
    },
    {
      name: `fgsm sweep ${name}`,
      flops: gradient + EPSILONS.length * forward,
      images: BATCH,
      run: async () => void (await sweep(target)),
    },
  ];
}

/** On the dense network alone: a reshaping changes the network's share of such a sweep, not the sweep. */
function jsmaTask(outputs: 'logits' | 'probabilities'): Task {
  const classifier = new Classifier(dense, { runtime, batchSize: BATCH });
  const target = { attack: jsma, classifier, objective, images, labels: labels.data, budgets: ELEMENTS };
  // Passes of the single-shot attack: the runner-up, the map with one or two products, and the judge's.
  const products = outputs === 'logits' ? 2 : 1;
  return {
    name: `jsma single-shot sweep, ${outputs}`,
    flops: BATCH * ((2 + ELEMENTS.length) * flops.forward + products * flops.inputGradient),
    images: BATCH,
    run: async () => void (await sweep({ ...target, parameters: { mode: 'single-shot', outputs } })),
  };
}

const step = { runtime, batch: { images, labels }, flops: BATCH * flops.trainingStep };
const tasks: Task[] = [
  await sgemm(runtime),
  ...attackTasks('dense', dense),
  ...attackTasks('hash 1/64', hashed),
  jsmaTask('logits'),
  jsmaTask('probabilities'),
  await trainingTask(dense, { ...step, name: 'dense' }),
  await trainingTask(hashed, { ...step, name: 'hash 1/64' }),
];
const timings = await measure(tasks, rounds);
const median = (name: string) => timings.get(name)!.median;
const peak = (2 * SGEMM ** 3) / median('sgemm');
const rows = tasks.map((task) => ({
  name: task.name,
  milliseconds: Number(median(task.name).toFixed(2)),
  minimum: Number(timings.get(task.name)!.minimum.toFixed(2)),
  gigaflops: Number((task.flops / median(task.name) / 1e6).toFixed(1)),
  shareOfRoofline: Number((task.flops / median(task.name) / peak).toFixed(3)),
  ...(task.images > 0 && { imagesPerSecond: Math.round((1000 * task.images) / median(task.name)) }),
}));
const sweepBound = (name: string) =>
  median(`fgsm sweep ${name}`) /
  (median(`input gradient ${name}`) + EPSILONS.length * median(`forward ${name}`));
const jsmaBound = (outputs: string) =>
  median(`jsma single-shot sweep, ${outputs}`) /
  (JSMA_GRADIENTS * median('input gradient dense') + ELEMENTS.length * median('forward dense'));
const ratio = (value: number) => Number(value.toFixed(3));
console.log(
  JSON.stringify(
    {
      benchmark: 'foolproof.bench/1',
      network: '784-C64-C128-F512-10, 5x5 kernels',
      batch: BATCH,
      rounds,
      node: process.version,
      onnxruntime: runtime.version,
      tasks: rows,
      ratios: {
        'sweep of 5 epsilons / (1 gradient + 5 forward), dense': ratio(sweepBound('dense')),
        'sweep of 5 epsilons / (1 gradient + 5 forward), hash 1/64': ratio(sweepBound('hash 1/64')),
        'jsma single-shot sweep of 10 budgets / (3 gradients + 10 forward), logits': ratio(
          jsmaBound('logits'),
        ),
        'jsma single-shot sweep of 10 budgets / (3 gradients + 10 forward), probabilities': ratio(
          jsmaBound('probabilities'),
        ),
        'forward hash 1/64 / dense': ratio(median('forward hash 1/64') / median('forward dense')),
        'training step hash 1/64 / dense': ratio(
          median('training step hash 1/64') / median('training step dense'),
        ),
        'input gradient / forward': ratio(median('input gradient dense') / median('forward dense')),
      },
    },
    null,
    2,
  ),
);
