import type { Results } from '../../../node/apps/study/study-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { equals, short } from '../../kit/number-text.js';
import { attackOn, tausOf } from '../select-results.js';
import { inhibitionFindings, strongestOther, type Verdict, verdictGroups } from '../study-findings.js';
import { kindInProse, objectiveName, VERDICTS } from '../study-wording.js';
import { modelCell, rateCell } from './models-section.js';

/** Gradient inhibition: what it seems to do, and whether that is protection or a blinded attacker. */
export function inhibition(results: Results, cards: readonly Markup[]): Markup | undefined {
  if (results.verdicts.length === 0 && cards.length === 0) return undefined;
  return html`<section id="inhibition"><h2>Gradient inhibition</h2>
<p>The defence adds τ · sign(w) to the weights of the last layer after training. Logits grow, the softmax saturates and the
gradient of the loss shrinks.</p>
${results.verdicts.length > 0 && verdicts(results)}
${cards}
</section>`;
}

function verdicts(results: Results): Markup {
  const findings = inhibitionFindings(results);
  const smaller = results.verdicts.filter((v) => !findings.some((f) => f.verdicts.includes(v)));
  return html`<h3>Robust, or only hidden?</h3>
<p>An attack that fails has either met a robust model or lost its way. To tell them apart, each inhibited model was attacked on the
same images within the same ε by other attacks too, which do not depend on the same loss: with another objective, and with the
gradients of the model without inhibition (transfer). The verdict compares all of them.</p>
${table(
  results,
  findings.flatMap((f) => f.verdicts),
)}
${smaller.length > 0 && html`<details><summary>The same at smaller τ: ${tausOf(smaller).map(short).join(', ')}</summary>${table(results, smaller)}</details>`}
<div class="note"><ul class="meanings">${meanings(results)}</ul>
“Notably” means that the 95 % intervals do not overlap and at least five percentage points lie between.</div>`;
}

/** Only the verdicts that were given. */
function meanings({ verdicts }: Results): Markup[] {
  return (Object.keys(VERDICTS) as Verdict['verdict'][])
    .filter((name) => verdicts.some((v) => v.verdict === name))
    .map((name) => html`<li>${chip(name)} ${VERDICTS[name].meaning}</li>`);
}

const chip = (name: Verdict['verdict']): Markup =>
  html`<span class="chip ${VERDICTS[name].chip}">${VERDICTS[name].sign} ${name}</span>`;

function table(results: Results, verdicts: readonly Verdict[]): Markup {
  const groups = verdictGroups(verdicts).map((own) => {
    const { objective, budget } = own[0]!;
    return html`<tbody><tr class="group"><th colspan="7" scope="rowgroup">${objectiveName(objective)}
<span>the loss that the paper’s attack follows, at ${equals('ε', budget)}</span></th></tr>${own.map((v) => row(results, v))}</tbody>`;
  });
  return html`<div class="scroll"><table>
<thead><tr><th>Model</th><th class="n">τ</th><th class="n">Success before</th><th class="n">Success after</th>
<th class="n">No gradient left</th><th class="n">Strongest other attack</th><th>Verdict</th></tr></thead>
${groups}</table></div>
<p class="soft">Success at exactly the epsilon named above, with 95 % intervals, before inhibition (τ = 0) and after. “No gradient left”: share of the attacked images
whose whole gradient is exactly zero; this attack cannot change a single one of their pixels.</p>`;
}

function row(results: Results, verdict: Verdict): Markup {
  const { model, tau, objective, before, after } = verdict;
  const zeros = attackOn(results, model, objective, tau)?.zeroGradientInputs;
  return html`<tr>${modelCell(results, model)}<td class="n">${short(tau)}</td>${rateCell(before)}${rateCell(after)}
${rateCell(zeros, zeros?.value ? 'zero' : 'soft')}${otherCell(verdict)}<td>${chip(verdict.verdict)}</td></tr>`;
}

function otherCell(verdict: Verdict): Markup {
  const other = strongestOther(verdict);
  if (!other) return html`<td class="n soft">none was run</td>`;
  return rateCell(other.after, '', kindInProse({ attack: 'fgsm', ...other }));
}
