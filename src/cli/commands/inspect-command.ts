import { Command } from 'commander';
import { TEXT_LIMITS } from '../../core/base/limits.js';
import { listed, shown } from '../../core/base/text/index.js';
import type { ClassifierShape } from '../../core/models/classifier-shape.js';
import type { LayerReport, OperatorReport, ValueReport } from '../../core/models/model-summary.js';
import { type InspectReport, inspect as inspectFile } from '../../node/apps/inspect-app.js';
import { assertSeparate, besideModel } from '../../node/store/files.js';
import { examples, jsonOption } from '../flags/common-flags.js';
import { outputOption, sizeOption } from '../flags/format-flags.js';
import { deliver, type Io } from '../terminal/io.js';
import { bytesText, count, flatText, shape, table } from '../terminal/terminal-text.js';

interface Options {
  readonly json?: string;
  readonly output?: string;
  /** [height, width]. */
  readonly size?: readonly [number, number];
}
/** Values, tensors and operators that one line names. */
const MAX_LISTED = 12;

/** `foolproof inspect`: what a model is made of, and whether it can be attacked. */
export function inspect(io: Io): Command {
  return new Command('inspect')
    .description('show layers, parameters, reshapings, and whether the model can be attacked; runs nothing')
    .argument('<model>', 'ONNX file')
    .addOption(outputOption('the only one that can'))
    .addOption(sizeOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['inspect h64.onnx', 'What is stored, and what the network computes with'],
        ['inspect model.onnx --json - | jq .differentiable', 'Which operators stand in the way of an attack'],
      ),
    )
    .action((path: string, options: Options) => execute(io, path, options));
}

async function execute(io: Io, path: string, options: Options): Promise<void> {
  await assertSeparate([options.json], besideModel(path));
  const report = await inspectFile(path, options);
  await deliver(io, { text: textOf, data: report }, options);
}

function textOf(report: InspectReport): string {
  const { classifier, differentiable, parameters, opset } = report;
  const { path, bytes, external } = report.file;
  const others =
    external.length === 0 ? '' : `, with the weights in ${listed(external.map(shown), MAX_LISTED)}`;
  const value = (v: ValueReport) => `${shown(v.name)} ${v.type ?? '?'} ${shape(v.shape ?? undefined)}`;
  const values = (all: readonly ValueReport[]) => listed(all.map(value), MAX_LISTED) || 'none';
  const facts: [string, string][] = [
    ['file', `${path}${others}, ${bytesText(bytes)}`],
    ['producer', `${report.producer || 'unknown'}, opset ${opset}, IR version ${report.irVersion}`],
    ['inputs', values(report.inputs)],
    ['outputs', values(report.outputs)],
    ['parameters', `${count(parameters.stored)} stored, ${count(parameters.virtual)} virtual`],
    [
      'classifier',
      classifier.shape ? classifierText(classifier.shape) : `no: ${listed(classifier.problems)}`,
    ],
    [
      'gradients',
      differentiable.ok
        ? 'yes: every operator on the way has a rule'
        : `no: ${listed(differentiable.problems)}`,
    ],
  ];
  if (report.flat.length > 0) {
    facts.push(['flat', `${flatText(report.flat)}: piecewise constant, the gradient through them is zero`]);
  }
  if (report.nonFiniteWeights.length > 0)
    facts.push(['not finite', `${listed(report.nonFiniteWeights, MAX_LISTED, ', ')}: NaN or infinity`]);
  for (const { severity, text, where, count: places } of report.redFlags)
    facts.push([severity === 'warning' ? 'red flag' : 'note', `${text} (${andMore(where, places)})`]);
  const width = Math.max(...facts.map(([name]) => name.length));
  const parts = [facts.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n')];
  if (report.layers.length > 0) parts.push(layerTable(report.layers));
  if (report.operators.length > 0) parts.push(operatorTable(report.operators));
  return parts.join('\n\n');
}

/** Places that are named, and how many there are besides. */
const andMore = (where: readonly string[], places: number): string =>
  `${where.join('; ')}${places > where.length ? `; and ${count(places - where.length)} more` : ''}`;

function classifierText({ dims, classes, head, single, fixedBatch, onlyBatch }: ClassifierShape): string {
  const parts = [`yes: images [${dims.join(', ')}], ${classes} classes`];
  if (head !== 'logits' && head !== 'probabilities')
    parts.push(`ends in ${HEADS[head]}; its input is taken as the logits`);
  if (single) parts.push('one number for two classes: the logits are [0, z]');
  if (fixedBatch !== null) {
    const run = onlyBatch === null ? 'any' : 'no other, which the graph depends on';
    parts.push(`the file fixes the batch size at ${fixedBatch}; it is run with ${run}`);
  }
  return parts.join('; ');
}

const HEADS = { softmax: 'Softmax', 'log-softmax': 'LogSoftmax', sigmoid: 'Sigmoid' } as const;

/** A table of the first rows; the JSON has them all. */
const firstRows = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    table(header, rows.slice(0, TEXT_LIMITS.rows)),
    ...(rows.length > TEXT_LIMITS.rows
      ? [`and ${count(rows.length - TEXT_LIMITS.rows)} more; --json lists all`]
      : []),
  ].join('\n');

const layerTable = (layers: readonly LayerReport[]): string =>
  firstRows(
    ['layer', 'op', 'output', 'weight', 'shape', 'stored', 'virtual', 'reshaped by'],
    layers.map((layer) => [
      shown(layer.name),
      layer.op,
      shape(layer.output ?? undefined),
      shown(layer.weight),
      shape(layer.weightShape),
      count(layer.parameters.stored),
      count(layer.parameters.virtual),
      layer.reshapings
        .map((r) => [r.name, ...Object.entries(r.parameters).map(([k, v]) => `${k}=${v}`)].join(' '))
        .join(', then '),
    ]),
  );

const operatorTable = (operators: readonly OperatorReport[]): string =>
  firstRows(
    ['operator', 'count', 'between input and output', 'gradient'],
    operators.map((o) => [
      shown(o.op),
      count(o.count),
      count(o.onPath),
      o.refused ??
        (o.gradient === 'none' ? 'zero: piecewise constant' : o.gradient) ??
        'no rule, none needed',
    ]),
  );
