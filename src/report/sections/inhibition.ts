import type { Results } from '../../studies/results.js';
import { type InhibitionFinding, inhibitionFinding } from '../findings.js';
import { equals, percent } from '../format.js';
import { html, type Markup } from '../markup.js';
import { attackOn, objectiveName, successAt } from '../select.js';
import { modelCell } from './models.js';

/** Says only what the numbers support: which attack still works, if one does. */
function note({ verdict, effects, tau }: InhibitionFinding): Markup {
  if (verdict === 'no-effect') {
    return html`<b>No protection found.</b> With these models inhibition did not lower the success of the attack noticeably.`;
  }
  if (verdict === 'inconclusive') {
    return html`<b>Not a proof of robustness.</b> Success falls and vanished gradients do not explain all of it, but only
gradient steps were tried. Attacks that need no gradient have to fail too before this may be called robust.`;
  }
  const working = [...effects].sort((a, b) => b.after - a.after)[0]!;
  const still =
    effects.length > 1 &&
    html` At ${equals('τ', tau)} the same single step still succeeds on ${percent(working.after)} of the images, on average, when
the attacker follows the ${objectiveName(working.objective).toLowerCase()}.`;
  return html`<b>Read the fall in success with care.</b> It goes with gradients that vanished, not with models that became
robust. A gradient of exactly zero stops this attack and nothing else: an attack that does not need it is not hindered.${still}`;
}

/** Gradient inhibition: what it seems to do, beside the share of inputs that have no gradient left. */
export function inhibition(results: Results, cards: readonly Markup[]): Markup | undefined {
  const finding = inhibitionFinding(results);
  if (!finding && cards.length === 0) return undefined;
  return html`<section id="inhibition"><h2>Gradient inhibition</h2>
<p>The defence adds τ · sign(w) to the weights of the last layer after training. Logits grow, the softmax saturates and the
gradient of the loss shrinks.</p>
${finding && html`<div class="note">${note(finding)}</div>${effectTable(results, finding)}`}
${cards}
</section>`;
}

function effectTable(results: Results, { tau, budget, effects }: InhibitionFinding): Markup {
  const cells = (id: string, objective: string): Markup => {
    const [before, after] = [attackOn(results, id, objective, 0), attackOn(results, id, objective, tau)];
    const success = (attack: typeof before): string => percent(successAt(attack, budget)?.value ?? null);
    const zero = after?.zeroGradientInputs.value ?? null;
    return html`<td class="n">${success(before)}</td><td class="n">${success(after)}</td>${zeroCell(zero)}`;
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
    (e) => html`<td class="n">${percent(e.before)}</td><td class="n">${percent(e.after)}</td>
${zeroCell(e.zeroAfter)}`,
  )}</tr></tbody></table></div>
<p class="soft">Success at ${equals('ε', budget)}. “No gradient left”: share of the attacked images whose whole gradient is exactly
zero at ${equals('τ', tau)}; this attack cannot change a single one of their pixels.</p>`;
}

/** Red is for zeros that are there. */
function zeroCell(share: number | null): Markup {
  return html`<td class="n ${share ? 'zero' : 'soft'}">${percent(share)}</td>`;
}
