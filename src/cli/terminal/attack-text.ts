import { predictionChanges, type SweepResult } from '../../core/attacks/index.js';
import { formatEpsilon } from '../../core/base/numbers.js';
import { plural } from '../../core/base/text/index.js';
import { NO_CLASS } from '../../core/tensor/floats.js';
import type { AttackReport } from '../../node/apps/attack/attack-report.js';
import { type Io, warn } from './io.js';
import { count, percent, rateText, table } from './terminal-text.js';

/** The report for people. */
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
  if (attack.criterion !== predictionChanges.name) lines.push(`success         ${attack.criterion}`);
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
export function warnOfFailures(io: Io, { gradient, stuck, clean }: SweepResult): void {
  const broken = clean.filter((prediction) => prediction === NO_CLASS).length;
  if (broken > 0) {
    const which = `The outputs of ${broken} of ${plural(clean.length, 'input')} are no numbers`;
    warn(io, `${which}: they count as wrong and are not attacked.`);
  }
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
