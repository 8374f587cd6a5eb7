import { Command } from 'commander';
import { objectives } from '../../core/models/objectives/index.js';
import type { Value } from '../../core/onnx/graph.js';
import { gradient as differentiate, gradientDefaults } from '../../node/apps/gradient-app.js';
import { examples, nameOption, quietOption } from '../flags/common-flags.js';
import { outputOption } from '../flags/format-flags.js';
import { type Io, talk, warnOfFlat } from '../terminal/io.js';
import { bytesText, shape, table } from '../terminal/terminal-text.js';

interface Options {
  readonly out: string;
  readonly objective: string;
  readonly output?: string;
  readonly quiet?: boolean;
}

/** `foolproof gradient`: a model with its input gradient, as one ONNX file. */
export function gradient(io: Io): Command {
  const objective = nameOption('--objective <name>', 'loss to differentiate', 'objective', objectives);
  return new Command('gradient')
    .description('write a model and its input gradient as one ONNX file that any runtime executes')
    .argument('<model>', 'ONNX classifier')
    .requiredOption('--out <file>', 'where to write the graph')
    .addOption(objective.default(gradientDefaults.objective))
    .addOption(outputOption('the only one that can'))
    .addOption(quietOption())
    .addHelpText(
      'after',
      examples(
        [
          'gradient h64.onnx --out grad.onnx',
          'Gradients of a deployed model in any language with an ONNX runtime',
        ],
        [
          'gradient h64.onnx --objective cross-entropy-clipped --out grad.onnx',
          'Of the loss that toolkits of 2017 used',
        ],
      ),
    )
    .action((path: string, options: Options) => execute(io, path, options));
}

async function execute(io: Io, path: string, options: Options): Promise<void> {
  const { objective, output, out, quiet } = options;
  const {
    graph,
    file,
    shape: classifier,
    flat,
  } = await differentiate({
    ...{ model: path, objective, output, out },
  });
  const { label, target, loss, logits, gradient: slope } = graph;
  const { inputs, outputs } = graph.model.graph;
  const meanings = new Map([
    [label, 'classes; -1 is the own prediction of the model'],
    ...(target === undefined
      ? []
      : [[target, 'classes to move to; -1 is the most likely other one'] as const]),
  ]);
  const results = new Map([
    [loss, `${objective} of each image`],
    [logits, 'logits'],
    [slope, 'gradient of each loss with respect to its image'],
  ]);
  const row = (kind: string, { name, type }: Value, meaning: string) => [
    kind,
    name,
    type?.dtype ?? '?',
    shape(type?.dims),
    meaning,
  ];
  const rows = [
    ...inputs.map((value) => row('input', value, meanings.get(value.name) ?? 'images')),
    ...outputs.map((value) => row('output', value, results.get(value.name) ?? '')),
  ];
  io.stdout.text(rows, (cells) => table(['', 'name', 'type', 'shape', 'meaning'], cells));
  warnOfFlat(io, flat);
  const { say } = talk(io, quiet);
  if (classifier.head !== 'logits')
    say(`${path} ends in a ${classifier.head}; its input is taken as the logits.`);
  say(`${out}: ${bytesText(file.length)}`);
}
