import type { MeanRate } from '../../statistics.js';
import type { Rate, Results } from '../../studies/results.js';
import { type InhibitionEffect, type InhibitionFinding, inhibitionFinding } from '../findings.js';
import { enumerate, equals, integer, rateText } from '../format.js';
import { html, type Markup } from '../markup.js';
import { attackOn, objectiveInProse, objectiveName, successAt } from '../select.js';
import { modelCell, rateCell } from './models.js';

/** Says only what the numbers support: for each objective whether success fell, and what accounts for that. */
function note(results: Results, { verdict, effects, tau }: InhibitionFinding): Markup {
  // An attack that asked for no gradient says so.
  const untested = results.attacks.every((a) => a.zeroGradientInputs !== null);
  const each = effects.map((e) => html`<li>${sentence(e, effects, tau)}</li>`);
  return html`<b>${TITLES[verdict]}</b> ${EXPLANATIONS[verdict]}${verdict !== 'no-effect' && untested && ` ${UNTESTED}`}<ul>${each}</ul>`;
}

const TITLES = {
  hidden: 'Read the fall in success with care.',
  mixed: 'Partly hidden, partly unexplained.',
  inconclusive: 'Not a proof of robustness.',
  'no-effect': 'No protection found.',
} as const;

const UNTESTED = 'Whether attacks that need no gradient are hindered is untested here.';

const EXPLANATIONS = {
  hidden: `It goes with gradients that were hidden from the attacker, not with models that were shown to be robust.`,
  mixed: `With one loss the gradient was hidden from the attacker; with another success falls and neither zeros nor a better loss account for it.`,
  inconclusive: `Success falls and vanished gradients do not account for it, but only gradient steps were tried.`,
  'no-effect': 'With these models inhibition did not clearly lower the success of the attack by ten percentage points.',
} as const;

function sentence(effect: InhibitionEffect, all: readonly InhibitionEffect[], tau: number): string {
  const { before, after, zeroAfter, verdict, zerosExplain, worksInstead } = effect;
  const start = `${objectiveName(effect.objective)}: success goes from ${rateText(before)} to ${rateText(after)}`;
  if (verdict === 'no-fall') return `${start}, which is no clear fall of ten percentage points.`;
  const reasons: string[] = [];
  if (zerosExplain && zeroAfter) {
    reasons.push(`${rateText(zeroAfter)} of the inputs have a gradient of exactly zero, which stops this attack`);
  }
  const other = all.find((e) => e.objective === worksInstead);
  if (other) {
    reasons.push(
      `the same single step still succeeds on ${rateText(other.after)} at ${equals('τ', tau)} when the attacker follows the ${objectiveInProse(other.objective)}`,
    );
  }
  return reasons.length > 0
    ? `${start}: ${enumerate(reasons)}.`
    : `${start}; neither zero gradients nor another loss account for most of that.`;
}

/** Gradient inhibition: what it seems to do, beside the share of inputs that have no gradient left. */
export function inhibition(results: Results, cards: readonly Markup[]): Markup | undefined {
  const finding = inhibitionFinding(results);
  if (!finding && cards.length === 0) return undefined;
  return html`<section id="inhibition"><h2>Gradient inhibition</h2>
<p>The defence adds τ · sign(w) to the weights of the last layer after training. Logits grow, the softmax saturates and the
gradient of the loss shrinks.</p>
${finding && html`<div class="note">${note(results, finding)}</div>${effectTable(results, finding)}`}
${cards}
</section>`;
}

function effectTable(results: Results, { tau, budget, effects }: InhibitionFinding): Markup {
  const cells = (id: string, objective: string): Markup => {
    const [before, after] = [attackOn(results, id, objective, 0), attackOn(results, id, objective, tau)];
    return html`${rateCell(successAt(before, budget))}${rateCell(successAt(after, budget))}${zeroCell(after?.zeroGradientInputs)}`;
  };
  return html`<div class="scroll"><table>
<thead><tr><th rowspan="2">Model</th>${effects.map(
    (e) => html`<th colspan="3" class="over">${objectiveName(e.objective)}</th>`,
  )}</tr>
<tr>${effects.map(
    () =>
      html`<th class="n">success, τ = 0</th><th class="n">${equals('τ', tau)}</th><th class="n">no gradient left</th>`,
  )}</tr></thead>
<tbody>${results.models.map(
    (m) => html`<tr>${modelCell(results, m.id)}${effects.map((e) => cells(m.id, e.objective))}</tr>`,
  )}
<tr class="sum"><th scope="row">Mean</th>${effects.map(
    (e) => html`${rateCell(e.before)}${rateCell(e.after)}${zeroCell(e.zeroAfter)}`,
  )}</tr></tbody></table></div>
<p class="soft">Success at ${equals('ε', budget)} on ${integer(results.dataset.attacked)} images, with 95 % intervals; that of the mean is the
mean of the ends. “No gradient left”: share of the attacked images whose whole gradient is exactly zero at ${equals('τ', tau)}; this
attack cannot change a single one of their pixels.</p>`;
}

/** Red is for zeros that are there. */
const zeroCell = (rate: Rate | MeanRate | null | undefined): Markup => rateCell(rate, rate?.value ? 'zero' : 'soft');
