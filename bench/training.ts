import { lookUp } from '../src/core/base/names.js';
import { architectures, parseArchitecture } from '../src/core/models/architectures.js';
import { buildModel } from '../src/core/models/build-model.js';
import { multiplyAdds } from '../src/core/models/notation.js';
import { loadDataset } from '../src/node/datasets/index.js';
import { nodeRuntime } from '../src/node/runtime.js';
import { measure } from './measure.js';
import { SGEMM, sgemm, trainingTask } from './tasks.js';

/**
 * Speed and memory of one training step of a network of Table I, as JSON on stdout: its share of the roofline
 * (one large matrix product through the same engine, timed in between) and the peak memory of the process
 * before and after. One network for each process: a peak never falls.
 *
 * usage: npm run -s bench:training -- [network] [batch] [rounds] [threads]
 */
const [name = 'vgg16', batch = '128', rounds = '7', threads] = process.argv.slice(2);
const spec = parseArchitecture(lookUp(architectures, name, 'architecture').name);
const runtime = await nodeRuntime();
const { train } = await loadDataset(name === 'paper-mnist' ? 'mnist' : 'cifar10');
const images = Array.from({ length: Number(batch) }, (_, i) => i);
const limit = threads ? { threads: Number(threads) } : {};
const mebibytes = () => Math.round(process.resourceUsage().maxRSS / 1024);

const roofline = await sgemm(runtime, limit.threads);
await roofline.run();
const before = mebibytes();
// Forward, gradient to the inputs of each layer, gradient to its weights; the first layer needs
// no gradient to the image.
const [first] = spec.layers;
const [channels, height, width] = spec.input;
const firstLayer =
  first?.kind === 'conv' ? height * width * first.channels * channels * first.kernel ** 2 : 0;
const flops = images.length * (6 * multiplyAdds(spec) - 2 * firstLayer);
const step = await trainingTask(buildModel(spec), {
  runtime,
  name,
  batch: train.batch(images),
  flops,
  ...limit,
});
const timings = await measure([roofline, step], Number(rounds));
const after = mebibytes();
const median = (task: string) => timings.get(task)!.median;
const peak = (2 * SGEMM ** 3) / median('sgemm');
console.log(
  JSON.stringify(
    {
      benchmark: 'foolproof.bench.training/1',
      network: name,
      notation: spec.notation,
      batch: images.length,
      rounds: Number(rounds),
      threads: limit.threads ?? null,
      node: process.version,
      onnxruntime: runtime.version,
      milliseconds: Number(median(step.name).toFixed(1)),
      imagesPerSecond: Math.round((1000 * images.length) / median(step.name)),
      sgemmGigaflops: Number((peak / 1e6).toFixed(1)),
      gigaflops: Number((flops / median(step.name) / 1e6).toFixed(1)),
      shareOfRoofline: Number((flops / median(step.name) / peak).toFixed(3)),
      // Resident memory of the whole process, the data set included, at its highest
      // before and after the steps.
      peakMebibytes: { before, after, step: after - before },
    },
    null,
    2,
  ),
);
