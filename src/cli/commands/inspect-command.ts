import { Command } from 'commander';
import type { ClassifierShape } from '../../core/models/classifier-shape.js';
import type { LayerReport, OperatorReport, ValueReport } from '../../core/models/model-summary.js';
import { type InspectReport, inspect as inspectFile } from '../../node/apps/inspect-app.js';
import { examples, jsonOption } from '../flags/common-flags.js';
import { outputOption } from '../flags/format-flags.js';
import { deliver, type Io } from '../terminal/io.js';
import { bytesText, count, flatText, shape, table } from '../terminal/terminal-text.js';

interface Options {
  readonly json?: string;
  readonly output?: string;
}

/** `foolproof inspect`: what a model is made of, and whether it can be attacked. */
export function inspect(io: Io): Command {
  return new Command('inspect')
    .description('show layers, parameters, reshapings, and whether the model can be attacked; runs nothing')
    .argument('<model>', 'ONNX file')
    .addOption(outputOption('the only one that can'))
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
  const report = await inspectFile(path, options);
  await deliver(io, { text: textOf(report), data: report }, options);
}

function textOf(report: InspectReport): string {
  const { classifier, differentiable, parameters, opset } = report;
  const { path, bytes, external } = report.file;
  const others = external.length === 0 ? '' : `, with the weights in ${external.join(', ')}`;
  const value = (v: ValueReport) => `${v.name} ${v.type ?? '?'} ${shape(v.shape ?? undefined)}`;
  const facts: [string, string][] = [
    ['file', `${path}${others}, ${bytesText(bytes)}`],
    ['producer', `${report.producer || 'unknown'}, opset ${opset}, IR version ${report.irVersion}`],
    ['inputs', report.inputs.map(value).join('; ') || 'none'],
    ['outputs', report.outputs.map(value).join('; ') || 'none'],
    ['parameters', `${count(parameters.stored)} stored, ${count(parameters.virtual)} virtual`],
    [
      'classifier',
      classifier.shape ? classifierText(classifier.shape) : `no: ${classifier.problems.join('; ')}`,
    ],
    [
      'gradients',
      differentiable.ok
        ? 'yes: every operator on the way has a rule'
        : `no: ${differentiable.problems.join('; ')}`,
    ],
  ];
  if (report.flat.length > 0) {
    facts.push(['flat', `${flatText(report.flat)}: piecewise constant, the gradient through them is zero`]);
  }
  if (report.nonFiniteWeights.length > 0)
    facts.push(['not finite', `${report.nonFiniteWeights.join(', ')}: NaN or infinity`]);
  const width = Math.max(...facts.map(([name]) => name.length));
  const parts = [facts.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n')];
  if (report.layers.length > 0) parts.push(layerTable(report.layers));
  if (report.operators.length > 0) parts.push(operatorTable(report.operators));
  return parts.join('\n\n');
}

function classifierText({ dims, classes, head, single, fixedBatch }: ClassifierShape): string {
  const parts = [`yes: images [${dims.join(', ')}], ${classes} classes`];
  if (head !== 'logits' && head !== 'probabilities')
    parts.push(`ends in ${HEADS[head]}; its input is taken as the logits`);
  if (single) parts.push('one number for two classes: the logits are [0, z]');
  if (fixedBatch !== null) parts.push(`the file fixes the batch size at ${fixedBatch}; it is run with any`);
  return parts.join('; ');
}

const HEADS = { softmax: 'Softmax', 'log-softmax': 'LogSoftmax', sigmoid: 'Sigmoid' } as const;

const layerTable = (layers: readonly LayerReport[]): string =>
  table(
    ['layer', 'op', 'output', 'weight', 'shape', 'stored', 'virtual', 'reshaped by'],
    layers.map((layer) => [
      layer.name,
      layer.op,
      shape(layer.output ?? undefined),
      layer.weight,
      shape(layer.weightShape),
      count(layer.parameters.stored),
      count(layer.parameters.virtual),
      layer.reshapings
        .map((r) => [r.name, ...Object.entries(r.parameters).map(([k, v]) => `${k}=${v}`)].join(' '))
        .join(', then '),
    ]),
  );

const operatorTable = (operators: readonly OperatorReport[]): string =>
  table(
    ['operator', 'count', 'between input and output', 'gradient'],
    operators.map((o) => [
      o.op,
      count(o.count),
      count(o.onPath),
      o.refused ??
        (o.gradient === 'none' ? 'zero: piecewise constant' : o.gradient) ??
        'no rule, none needed',
    ]),
  );
