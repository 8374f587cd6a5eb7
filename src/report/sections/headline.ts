import type { MeanRate } from '../../statistics.js';
import type { Rate, Results } from '../../studies/results.js';
import {
  type CompressionFinding,
  compressionFinding,
  type InhibitionFinding,
  inhibitionFindings,
} from '../findings.js';
import { counts, enumerate, equals, integer, interval, percent, span, spanText } from '../format.js';
import { html, type Markup } from '../markup.js';
import { inProse, type Model } from '../select.js';
import { objectiveInProse } from '../wording.js';

/** The answer in plain words and a few large numbers: for readers who stop here. */
export function headline(results: Results): Markup {
  const compression = compressionFinding(results);
  const inhibition = inhibitionFindings(results);
  return html`<header class="top">
<p class="brand">Foolproof <span>adversarial analysis report</span></p>
<h1>Can the compressed ${results.dataset.name} networks be fooled?</h1>
${compression && html`<p class="lead">${attackSentence(results, compression)}</p>`}
${compression && compression.others.length > 0 && html`<p>${compressionSentence(results, compression)}</p>`}
${inhibition.length > 0 && html`<p>Does gradient inhibition help? Percentages come with their 95 % intervals.</p><ul>${inhibition.map(inhibitionSentence)}</ul>`}
${!compression && inhibition.length === 0 && html`<p class="lead">${results.attacks.length > 0 ? 'These results contain no single-step attack on the models as trained; what the other attacks achieved is said beside their figures.' : 'These results contain no attack.'}</p>`}
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

/** What a verdict says of a model, short enough to stand in brackets. */
const MEANINGS = {
  masked: 'the gradient is hidden from the attacker, the weakness is still there',
  fooled: 'on most images',
  robust: 'against the single-step attacks that were tried',
  inconclusive: 'the numbers do not decide',
} as const;

function inhibitionSentence({ objective, tau, budget, verdicts, counts, ...means }: InhibitionFinding): Markup {
  const { before, after, strongest, zeros } = means;
  const judged = counts.map(({ verdict, models }) => `${models} ${verdict} (${MEANINGS[verdict]})`);
  const text = (rate: MeanRate): string => `${percent(rate.value)} (${interval(rate)})`;
  const numbers = [
    ...(before && after ? [`success goes from ${text(before)} to ${text(after)}`] : []),
    ...(strongest ? [`the strongest other attack reaches ${text(strongest)}`] : []),
    ...(zeros && zeros.value > 0 ? [`${text(zeros)} of the inputs have a gradient of exactly zero`] : []),
  ];
  const models = verdicts.length === 1 ? 'model' : 'models';
  return html`<li>When the attacker follows the ${objectiveInProse(objective)}, of ${verdicts.length} ${models}:
<strong>${enumerate(judged)}</strong>${numbers.length > 0 && `; on average, ${enumerate(numbers)}`}
(${equals('τ', tau)}, ${equals('ε', budget)}).</li>`;
}

function tiles(
  results: Results,
  compression: CompressionFinding | undefined,
  inhibition: readonly InhibitionFinding[],
): Markup[] {
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
  // The evaluation of J under which inhibition seems to protect most.
  const [quietest] = inhibition.filter((f) => f.after).sort((a, b) => a.after!.value - b.after!.value);
  if (quietest) {
    const { objective, tau, verdicts, counts } = quietest;
    const most = [...counts].sort((a, b) => b.models - a.models)[0]!;
    const how = `inhibited models ${most.verdict}`;
    shown.push(
      tile(`${most.models} of ${verdicts.length}`, how, `${equals('τ', tau)}, ${objectiveInProse(objective)}`),
    );
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
