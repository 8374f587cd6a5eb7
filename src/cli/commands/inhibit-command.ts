import { Command, Option } from 'commander';
import { assertFinite } from '../../core/models/load-model.js';
import { effectiveWeights } from '../../core/models/materialize.js';
import { encodeModel } from '../../core/onnx/encode.js';
import type { Model } from '../../core/onnx/graph.js';
import { inhibitLayer, lastFullyConnected, reshapings, weightLayers } from '../../core/reshaping/index.js';
import type { Runtime } from '../../core/runtime/runtime.js';
import { nodeRuntime } from '../../node/runtime.js';
import { assertWritable, writeAtomically } from '../../node/store/files.js';
import { readModel } from '../../node/subject/load-model.js';
import { examples, numberOption, quietOption } from '../flags/common-flags.js';
import { type Io, talk } from '../terminal/io.js';
import { bytesText } from '../terminal/terminal-text.js';

interface Options {
  readonly tau: number;
  readonly out: string;
  readonly layer?: string;
  readonly quiet?: boolean;
}

/** `foolproof inhibit`: gradient inhibition of one layer. */
export function inhibit(io: Io): Command {
  const { descriptor } = reshapings.inhibit!.parameter!;
  const tau = numberOption('--tau <number>', `${descriptor.help} (${descriptor.source})`, descriptor);
  return new Command('inhibit')
    .description('harden a model by gradient inhibition: w + tau * sign(w) in one layer (Liu et al., Eq. 12)')
    .argument('<model>', 'ONNX file')
    .addOption(tau.default(descriptor.default))
    .requiredOption('--out <file>', 'where to write the hardened model')
    .addOption(
      new Option('--layer <name>', 'layer or weight to change (default: the last fully connected layer)'),
    )
    .addOption(quietOption())
    .addHelpText(
      'after',
      examples(
        ['inhibit h64.onnx --out hardened.onnx', 'Harden the last fully connected layer'],
        [
          'inhibit h64.onnx --tau 0.05 --layer fc1.weight --out hardened.onnx',
          'Another layer, a gentler hand',
        ],
        ['attack hardened.onnx --objective cross-entropy', 'Then judge it, with every objective'],
      ),
    )
    .action((model: string, options: Options) => execute(io, model, options));
}

async function execute(io: Io, path: string, { tau, out, layer, quiet }: Options): Promise<void> {
  await assertWritable(out);
  const { model } = await readModel(path);
  assertFinite(model, path);
  const hardened = inhibitLayer(model, tau, layer);
  const chosen = layer
    ? weightLayers(model).find((l) => l.weight === layer || l.label === layer)
    : lastFullyConnected(model);
  const runtime = await nodeRuntime();
  const weight = chosen!.weight;
  const [before, after] = [await range(model, weight, runtime), await range(hardened, weight, runtime)];
  const bytes = encodeModel(hardened);
  await writeAtomically(out, bytes);
  io.stdout.write(
    `${out}: ${bytesText(bytes.length)}\nlayer ${chosen!.label}, weight ${weight}, tau ${tau}\n` +
      `weights before ${before}\nweights after  ${after}\n`,
  );
  talk(io, quiet).say(
    'Inhibition saturates the softmax and so hides gradients from some attacks; that alone is no robustness. ' +
      'Judge the model by `foolproof attack` with every --objective.',
  );
}

async function range(model: Model, weight: string, runtime: Runtime): Promise<string> {
  const { data } = (await effectiveWeights(model, runtime, [weight])).get(weight)!;
  const [low, high] = data.reduce(
    ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
    [Infinity, -Infinity],
  );
  return `${low.toPrecision(4)} to ${high.toPrecision(4)}`;
}
