import type { Rate, Results } from '../../studies/results.js';
import { type CompressionFinding, compressionFinding, type InhibitionFinding, inhibitionFinding } from '../findings.js';
import {
  counts,
  enumerate,
  equals,
  integer,
  interval,
  NOT_MEASURED,
  percent,
  rateText,
  span,
  spanText,
} from '../format.js';
import { html, type Markup } from '../markup.js';
import { inProse, type Model, objectiveInProse } from '../select.js';

/** The answer in plain words and a few large numbers: for readers who stop here. */
export function headline(results: Results): Markup {
  const compression = compressionFinding(results);
  const inhibition = inhibitionFinding(results);
  return html`<header class="top">
<p class="brand">Foolproof <span>adversarial analysis report</span></p>
<h1>Can the compressed ${results.dataset.name} networks be fooled?</h1>
${compression && html`<p class="lead">${attackSentence(results, compression)}</p>`}
${compression && compression.others.length > 0 && html`<p>${compressionSentence(results, compression)}</p>`}
${inhibition && html`<p>${inhibitionSentence(inhibition)}</p>`}
${!compression && !inhibition && html`<p class="lead">These results contain no attack.</p>`}
<div class="tiles">${tiles(results, compression, inhibition)}</div>
</header>`;
}

function attackSentence(results: Results, { budget, base, others }: CompressionFinding): Markup {
  const worst = Math.max(base.success.value!, ...others.map((o) => o.success.value!));
  const answer = worst >= 0.5 ? 'Yes.' : worst >= 0.1 ? 'Some of the time.' : 'Rarely, by this attack.';
  return html`<strong>${answer}</strong> When every pixel may change by at most ${equals('ε', budget)} on a scale from 0 to 1, a
single gradient step fools ${inProse(base.model, results)} on <strong>${percent(base.success.value)}</strong> (95 %
interval ${interval(base.success)}) of the ${integer(results.dataset.attacked)} attacked test images${
    others.length > 0 &&
    html`, and ${theOthers(others.map((o) => o.model))} on
<strong>${spanText(others.map((o) => o.success))}</strong>`
  }.`;
}

/** `"the 4 compressed models"`, `"HashNet 1/8"`. */
function theOthers(models: readonly Model[]): string {
  if (models.length === 1) return models[0]!.label;
  return `the ${models.length} ${models.every((m) => m.compression !== 'none') ? 'compressed' : 'other'} models`;
}

const APART = 'cannot be told apart from it with this many images';

function compressionSentence(results: Results, { base, others }: CompressionFinding): string {
  const part = (effect: string, singular: string, plural: string): string => {
    const group = others.filter((o) => o.effect === effect).map((o) => o.model);
    if (group.length === 0) return '';
    const names = group.length === others.length ? theOthers(group) : enumerate(group.map((m) => m.label));
    return `${names} ${group.length > 1 ? plural : singular}`;
  };
  const parts = [
    part('lower', 'is fooled less often', 'are fooled less often'),
    part('higher', 'is fooled more often', 'are fooled more often'),
    part('unclear', APART, APART),
  ].filter((text) => text !== '');
  return `Does compression help? Compared with ${inProse(base.model, results)}, ${enumerate(parts)}. Each model was trained once.`;
}

const VERDICTS = {
  hidden: 'The gradient was hidden from the attacker; that is not robustness.',
  mixed:
    'With some losses the gradient was hidden from the attacker, with others the fall is not explained; attacks without gradients are needed before calling it robustness.',
  inconclusive:
    'Vanished gradients do not explain this fall; attacks without gradients are needed before calling it robustness.',
  'no-effect': 'Inhibition did not clearly lower the success of this attack.',
} as const;

function inhibitionSentence({ tau, budget, effects, verdict }: InhibitionFinding): Markup {
  const parts = effects.map(
    (e) =>
      `following the ${objectiveInProse(e.objective)}, success goes from ${rateText(e.before)} to ` +
      `${rateText(e.after)} while ${e.zeroAfter ? rateText(e.zeroAfter) : NOT_MEASURED} of the inputs have a gradient of exactly zero`,
  );
  return html`Does gradient inhibition help? At ${equals('τ', tau)} and ${equals('ε', budget)}, on average over the models:
${parts.join('; ')}. <strong>${VERDICTS[verdict]}</strong>`;
}

function tiles(results: Results, compression?: CompressionFinding, inhibition?: InhibitionFinding): Markup[] {
  const tile = (value: string, label: string, detail: string): Markup =>
    html`<div class="tile"><b>${value}</b><span>${label}</span><small>${detail}</small></div>`;
  const shown: Markup[] = [];
  if (compression) {
    const { base, others, budget } = compression;
    const least = [...others].sort((a, b) => a.success.value! - b.success.value!)[0];
    for (const { model, success } of least ? [base, least] : [base]) {
      shown.push(
        tile(
          percent(success.value),
          `fooled: ${model.label}`,
          `${counts(success)} at ${equals('ε', budget)}; 95 % interval ${interval(success)}`,
        ),
      );
    }
  }
  const measured = results.models.map((m) => m.cleanAccuracy).filter((r) => r.value !== null);
  const accuracies = measured.map((r) => r.value!);
  if (accuracies.length > 0) {
    shown.push(
      tile(
        span(accuracies),
        'test accuracy',
        `${integer(results.dataset.test)} images, no attack; 95 % intervals ${ends(measured)}`,
      ),
    );
  }
  const blind = (inhibition?.effects ?? [])
    .flatMap(({ objective, zeroAfter }) => (zeroAfter ? [{ objective, zeroAfter }] : []))
    .sort((a, b) => b.zeroAfter.value - a.zeroAfter.value)[0];
  if (inhibition && blind) {
    const detail = `${equals('τ', inhibition.tau)}, ${objectiveInProse(blind.objective)}; 95 % interval ${interval(blind.zeroAfter)}`;
    shown.push(tile(percent(blind.zeroAfter.value), 'inputs without any gradient', detail));
  }
  if (results.claims.length > 0) {
    const reproduced = results.claims.filter((c) => c.verdict === 'reproduced').length;
    const partly = results.claims.filter((c) => c.verdict === 'partly').length;
    shown.push(
      tile(`${reproduced} of ${results.claims.length}`, 'claims of the paper reproduced', `${partly} more in part`),
    );
  }
  return shown;
}

/** From the lowest end of the intervals to the highest. */
const ends = (rates: readonly Rate[]): string =>
  `${(100 * Math.min(...rates.map((r) => r.low!))).toFixed(1)}–${(100 * Math.max(...rates.map((r) => r.high!))).toFixed(1)}`;
