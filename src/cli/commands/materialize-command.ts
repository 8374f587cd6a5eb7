import { Command } from 'commander';
import { materialize as evaluated } from '../../node/apps/materialize-app.js';
import { assertSeparate, besideModel } from '../../node/store/files.js';
import { examples, quietOption } from '../flags/common-flags.js';
import { type Io, talk } from '../terminal/io.js';
import { bytesText } from '../terminal/terminal-text.js';

/** `foolproof materialize`: reshaped weights as the plain numbers that they stand for. */
export function materialize(io: Io): Command {
  return new Command('materialize')
    .description('write a model with every computed weight (hashed, inhibited ...) stored as plain numbers')
    .argument('<model>', 'ONNX file')
    .requiredOption('--out <file>', 'where to write the model')
    .addOption(quietOption())
    .addHelpText(
      'after',
      examples(
        ['materialize h64.onnx --out dense.onnx', 'For tools that do not fold constants themselves'],
        [
          'materialize hardened.onnx --out shipped.onnx',
          'Keep the weights, leave no trace of how they were made',
        ],
      ),
    )
    .action((path: string, options: { out: string; quiet?: boolean }) => execute(io, path, options));
}

async function execute(
  io: Io,
  path: string,
  { out, quiet }: { out: string; quiet?: boolean },
): Promise<void> {
  await assertSeparate([out], besideModel(path));
  const { file, bytes, evaluated: names, changed } = await evaluated({ model: path, out });
  if (!changed) talk(io, quiet).say(`${path} computes no weights; ${out} equals it in function.`);
  if (names.length > 0) io.stdout.line(`evaluated ${names.join(', ')}`);
  io.stdout.line(`${out}: ${bytesText(file.length)} (${path}: ${bytesText(bytes)})`);
}
