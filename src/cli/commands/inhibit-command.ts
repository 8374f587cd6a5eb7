import { Command, Option } from 'commander';
import { reshapings } from '../../core/reshaping/index.js';
import { inhibit as harden } from '../../node/apps/inhibit-app.js';
import { assertSeparate, besideModel } from '../../node/store/files.js';
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
  const { tau } = reshapings.inhibit.parameters;
  const coefficient = numberOption('--tau <number>', `${tau.help} (${tau.source})`, tau);
  return new Command('inhibit')
    .description('harden a model by gradient inhibition: w + tau * sign(w) in one layer (Liu et al., Eq. 12)')
    .argument('<model>', 'ONNX file')
    .addOption(coefficient.default(tau.default))
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
  await assertSeparate([out], besideModel(path));
  const { file, layer: chosen, weight, before, after } = await harden({ model: path, tau, out, layer });
  io.stdout.line(`${out}: ${bytesText(file.length)}`);
  io.stdout.line(`layer ${chosen}, weight ${weight}, tau ${tau}`);
  io.stdout.line(`weights before ${range(before)}`);
  io.stdout.line(`weights after  ${range(after)}`);
  talk(io, quiet).say(
    'Inhibition saturates the softmax and so hides gradients from some attacks; that alone is no ' +
      'robustness. ' +
      'Judge the model by `foolproof attack` with every --objective.',
  );
}

const range = ([low, high]: readonly [number, number]): string =>
  `${low.toPrecision(4)} to ${high.toPrecision(4)}`;
