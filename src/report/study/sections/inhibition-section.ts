import { verdictNames } from '../../../core/evaluation/verdict.js';
import type { Results } from '../../../node/apps/study/study-schema.js';
import { verdictChip } from '../../kit/chips.js';
import { folded, meanings } from '../../kit/lists.js';
import { html, type Markup } from '../../kit/markup.js';
import { equals, short } from '../../kit/number-text.js';
import { objectiveName } from '../../kit/objective-names.js';
import { section } from '../../kit/page.js';
import { groupedTable, namedRow, number, numberCell, rateCell } from '../../kit/tables.js';
import { modelStyles } from '../model-styles.js';
import { attackOn, tausOf } from '../select-results.js';
import { inhibitionFindings, strongestOther, type Verdict, verdictGroups } from '../study-findings.js';
import { kindInProse, VERDICT_MEANINGS } from '../study-wording.js';

/** Gradient inhibition: what it seems to do, and whether that is robustness or gradient masking. */
export function inhibition(results: Results, cards: readonly Markup[]): Markup | undefined {
  if (results.verdicts.length === 0 && cards.length === 0) return undefined;
  return section(
    'inhibition',
    'Gradient inhibition',
    html`<p>The defence adds τ · sign(w) to the weights of the last layer after training. Logits grow, the
softmax saturates and the gradient of the loss shrinks.</p>`,
    results.verdicts.length > 0 && verdicts(results),
    cards,
  );
}

function verdicts(results: Results): Markup {
  const findings = inhibitionFindings(results);
  const smaller = results.verdicts.filter((v) => !findings.some((f) => f.verdicts.includes(v)));
  const given = verdictNames.filter((name) => results.verdicts.some((v) => v.verdict === name));
  const taus = tausOf(smaller).map(short).join(', ');
  return html`<h3>Robust, or only hidden?</h3>
<p>An attack fails because the model is robust, or because the gradient is hidden from it. To separate the
two, each inhibited model was attacked on the same images within the same ε by other attacks too, which do not
depend on the same loss: with another objective, and with the gradients of the model without inhibition
(transfer). The verdict compares all of them.</p>
${verdictTable(
  results,
  findings.flatMap((f) => f.verdicts),
)}
${smaller.length > 0 && folded(`The same at smaller τ: ${taus}`, verdictTable(results, smaller))}
<div class="note">${meanings(given.map((name) => [verdictChip(name), VERDICT_MEANINGS[name]]))}
“Notably” means that the 95 % intervals do not overlap and at least five percentage points lie
between.</div>`;
}

function verdictTable(results: Results, verdicts: readonly Verdict[]): Markup {
  const columns = [
    'Model',
    number('τ'),
    number('Success before'),
    number('Success after'),
    number('No gradient left'),
    number('Strongest other attack'),
    'Verdict',
  ];
  const groups = verdictGroups(verdicts).map(({ objective, budget, verdicts: own }) => ({
    title: objectiveName(objective),
    hint: `the loss that the paper’s attack follows, at ${equals('ε', budget)}`,
    rows: own.map((v) => row(results, v)),
  }));
  return html`${groupedTable(columns, groups)}
<p class="soft">Success at exactly the epsilon named above, with 95 % intervals, before inhibition (τ = 0) and
after. “No gradient left”: share of the attacked images whose whole gradient is exactly zero; this attack
cannot change a single one of their pixels.</p>`;
}

function row(results: Results, verdict: Verdict): Markup {
  const { model, tau, objective, before, after } = verdict;
  const zeros = attackOn(results, model, objective, tau)?.zeroGradientInputs;
  const { name, colour } = modelStyles(results)(model);
  return html`<tr>${namedRow(name, colour)}${numberCell(short(tau))}${rateCell(before)}${rateCell(after)}
${rateCell(zeros, zeros?.value ? 'zero' : 'soft')}${otherCell(verdict)}
<td>${verdictChip(verdict.verdict)}</td></tr>`;
}

function otherCell(verdict: Verdict): Markup {
  const other = strongestOther(verdict);
  if (!other) return numberCell('none was run', 'soft');
  return rateCell(other.after, '', kindInProse({ attack: 'fgsm', ...other }));
}
