import type { Attack, AttackParameters, SweepResult } from '../../core/attacks/index.js';
import { formatEpsilon } from '../../core/base/numbers.js';
import { quantiles, rate } from '../../core/base/statistics.js';
import { plural } from '../../core/base/text/index.js';
import type { Dataset } from '../../core/data/dataset.js';
import type { Format } from '../../core/formats/index.js';
import { reshapingsOf } from '../../core/reshaping/index.js';
import type { LoadedClassifier } from '../../node/subject/load-model.js';
import type { AttackReport } from '../command-schemas.js';
import type { Versions } from '../engine-version.js';
import { formatReportOf } from './format-json.js';
import { type Io, warn } from './io.js';
import { count, percent, rateText, table } from './terminal-text.js';

/** A model and the path that it was read from. */
export interface Named {
  readonly path: string;
  readonly loaded: LoadedClassifier;
}

/** Everything that a report of an attack is made of. */
export interface Reported {
  readonly attacked: Named;
  /** The model whose gradients were followed, where it is another. */
  readonly source?: Named;
  readonly data: Dataset;
  /** The input format of the model, where it is not simply that of the data. */
  readonly format?: Format;
  readonly attack: Attack;
  readonly parameters: AttackParameters;
  readonly objective: string;
  readonly batchSize: number;
  /** Steps that judged images were rounded to. */
  readonly rounding?: number;
  readonly samples: { readonly count: number; readonly seed: number };
  readonly result: SweepResult;
  readonly versions: Versions;
}

/** The JSON of `foolproof attack`; docs/cli.md explains it field by field. */
export function reportOf(reported: Reported): AttackReport {
  const { attacked, source, data, attack, result } = reported;
  const { gradient, stuck } = result;
  return {
    schema: 'foolproof.attack/2',
    versions: reported.versions,
    model: modelOf(attacked),
    source: source ? { ...modelOf(source), queries: { ...source.loaded.classifier.queries } } : null,
    dataset: { name: data.name, source: data.source, testImages: data.test.count },
    format: reported.format ? formatReportOf(reported.format) : null,
    samples: reported.samples,
    attack: {
      name: attack.name,
      objective: attack.followsObjective ? reported.objective : null,
      parameters: { ...reported.parameters },
      norm: attack.norm,
      budgetName: attack.budget.name,
      rounding: reported.rounding ?? null,
      batchSize: reported.batchSize,
    },
    cleanAccuracy: result.cleanAccuracy,
    points: result.points.map((point, b) => ({ ...point, untouched: result.untouched[b] ?? rate(0, 0) })),
    zeroGradients: gradient ? { elements: gradient.zeroElements, inputs: gradient.zeroInputs } : null,
    stuck: stuck ?? null,
    distances: distancesOf(result),
    queries: { ...attacked.loaded.classifier.queries },
  };
}

/** Quantiles over the inputs that were fooled. */
function distancesOf({ distances }: SweepResult): AttackReport['distances'] {
  const known = distances.filter(Number.isFinite);
  return known.length === 0 ? null : { count: known.length, quantiles: quantiles(known, PROBABILITIES) };
}

const PROBABILITIES = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];

function modelOf({ path, loaded: { sha256, bytes, model } }: Named): AttackReport['model'] {
  const reshapings = Object.entries(reshapingsOf(model)).map(([weight, records]) => [
    weight,
    records.map((record) => ({ name: record.name, parameters: record.parameters })),
  ]);
  return { path, sha256, bytes, reshapings: Object.fromEntries(reshapings) };
}

/** The report as text. */
export function textOf(report: AttackReport): string {
  const { model, source, dataset, samples, attack, cleanAccuracy, points, zeroGradients, stuck, distances } =
    report;
  const following = attack.objective === null ? '' : ` following ${attack.objective}`;
  const parameters = Object.entries(attack.parameters).map(([name, value]) => `${name} ${value}`);
  const lines = [
    `${model.path}: ${attack.name} (${attack.norm})${following}, ` +
      `${count(samples.count)} of ${count(dataset.testImages)} test images of ${dataset.name}, seed ` +
      `${samples.seed}`,
    ...(parameters.length > 0 ? [`parameters: ${parameters.join(', ')}`] : []),
    ...(source ? [`transferred: the gradients are those of ${source.path}`] : []),
    'rates are followed by their counts and their 95 % intervals',
    '',
    `clean accuracy  ${rateText(cleanAccuracy)}`,
  ];
  if (zeroGradients) {
    lines.push(
      `zero gradients  ${percent(zeroGradients.elements)} of all input elements; all of them in ` +
        `${rateText(zeroGradients.inputs)} of the images`,
    );
  }
  if (stuck)
    lines.push(
      `stuck           ${rateText(stuck)}: not fooled, and no admissible element or no gradient was left`,
    );
  if (distances) {
    const at = (probability: string) => Number(distances.quantiles[probability]?.toPrecision(3));
    lines.push(
      `distances       median ${at('0.5')} in ${attack.norm} (a tenth below ${at('0.1')}, a tenth above ` +
        `${at('0.9')}), of the ${count(distances.count)} that were fooled`,
    );
  }
  if (attack.rounding !== null)
    lines.push(`rounding        judged as images of ${attack.rounding} steps from black to white`);
  const rows = points.map((p) => [
    formatEpsilon(p.budget),
    rateText(p.success),
    rateText(p.successAtBudget),
    rateText(p.robustAccuracy),
  ]);
  lines.push(
    '',
    table([attack.budgetName, 'success (up to it)', 'success (at it)', 'robust accuracy'], rows),
  );
  return lines.join('\n');
}

/** Warns of inputs that the attack could not move: a low success rate would look like robustness. */
export function warnOfFailures(io: Io, { gradient, stuck }: SweepResult): void {
  const flat = gradient?.zeroInputs.count ?? 0;
  if (flat > 0) {
    const inputs = `${plural(flat, 'input')} ${flat === 1 ? 'has' : 'have'}`;
    warn(io, `${inputs} a gradient of exactly zero: the attack could not move them. This is not robustness.`);
  }
  if (stuck && stuck.count > 0) {
    const left =
      'no admissible element left, or no gradient to follow, before the largest budget was used up';
    warn(io, `${plural(stuck.count, 'input')} had ${left}. This is not robustness.`);
  }
}
