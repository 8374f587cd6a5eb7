import { Command } from 'commander';
import { assertFinite } from '../../core/models/load-model.js';
import { materialize as evaluated } from '../../core/models/materialize.js';
import { encodeModel } from '../../core/onnx/encode.js';
import { reshapingsOf } from '../../core/reshaping/index.js';
import { nodeRuntime } from '../../node/runtime.js';
import { assertWritable, writeAtomically } from '../../node/store/files.js';
import { readModel } from '../../node/subject/load-model.js';
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
  await assertWritable(out);
  const { model, bytes } = await readModel(path);
  assertFinite(model, path);
  const dense = await evaluated(model, await nodeRuntime());
  const encoded = encodeModel(dense);
  await writeAtomically(out, encoded);
  if (dense === model) talk(io, quiet).say(`${path} computes no weights; ${out} equals it in function.`);
  const names = Object.keys(reshapingsOf(model));
  if (names.length > 0) io.stdout.write(`evaluated ${names.join(', ')}\n`);
  io.stdout.write(`${out}: ${bytesText(encoded.length)} (${path}: ${bytesText(bytes)})\n`);
}
