import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { VERDICT_LOOKS, verdictChip } from '../../kit/chips.js';
import { html, type Markup } from '../../kit/markup.js';
import { counts, integer, interval, percent, together } from '../../kit/number-text.js';
import { pageHeader } from '../../kit/page.js';
import { anchor, answer, boundMeaning, boundText } from '../audit-wording.js';
import { apparent, strongestOf } from '../select-trials.js';

/** The answer: for readers who stop here. */
export function verdicts(results: AuditResults): Markup {
  const { data, norm, rounding, models } = results;
  const images =
    data.attacked === data.available
      ? integer(data.attacked)
      : counts({ count: data.attacked, total: data.available });
  const cards = models.map((model, i) => card(results, model, i));
  return pageHeader(
    'audit',
    `${answer(results)}.`,
    html`<p>Attacked within ${boundText(results)}: ${boundMeaning(norm)}. On ${images} test images of
${data.name}${
  rounding !== null && html`, results rounded to ${rounding} steps as a stored image is`
}. Ranges are 95 % intervals.</p>
<div class="verdicts ${models.length === 1 && 'single'}">${cards}</div>`,
  );
}

function card(results: AuditResults, model: AuditedModel, index: number): Markup {
  const { cleanAccuracy: clean, robustAccuracy: robust, testAccuracy, verdict } = model;
  const more =
    testAccuracy && testAccuracy.total > clean.total
      ? `; ${percent(testAccuracy.value)} of ${integer(testAccuracy.total)} images`
      : '';
  const name = results.models.length > 1 ? html`<a href="#${anchor(index)}">${model.id}</a>` : model.id;
  const best = strongestOf(results, model);
  const looks = verdict === 'masked' ? apparent(results, model) : undefined;
  const trusted = looks && `robust accuracy, if one trusts ${looks.trial.id}`;
  const fooled = best && `fooled by ${best.trial.id}`;
  const range = robust.value === null ? '' : `${interval(robust)}, ${counts(robust)}`;
  return html`<article class="verdict ${VERDICT_LOOKS[verdict].look}">
<h2>${name} ${verdictChip(verdict)}</h2>
<p class="why">${together(model.why)}</p>
${outcomes(model)}
<dl class="numbers">
${entry('Clean accuracy', percent(clean.value), `${interval(clean)}${more}`)}
${looks && entry('Seems to have', percent(looks.robust.value), trusted, 'seems')}
${entry('Robust accuracy', percent(robust.value), range)}
${best ? entry('Strongest attack', percent(best.fooled?.value), fooled) : entry('Strongest attack', 'none')}
</dl></article>`;
}

function entry(term: string, value: string, note = '', look = ''): Markup {
  const below = note && html`<small>${note}</small>`;
  return html`<div><dt>${term}</dt><dd><b class="${look}">${value}</b>${below}</dd></div>`;
}

/** The outcome of all inputs as one bar; left out where the two rates are of different inputs. */
function outcomes({ cleanAccuracy: clean, robustAccuracy: robust }: AuditedModel): Markup | undefined {
  if (clean.total === 0 || clean.total !== robust.total || robust.count > clean.count) return undefined;
  const parts: [string, number, string][] = [
    ['held', robust.count, 'fooled by no attack'],
    ['fell', clean.count - robust.count, 'fooled by some attack'],
    ['wrong', clean.total - clean.count, 'wrong before any attack'],
  ];
  const shown = parts.filter(([, count]) => count > 0);
  const bars = shown.map(([look, count]) => html`<i class="${look}" style="flex-grow:${count}"></i>`);
  const keys = shown.map(
    ([look, count, text]) => html`<span><i class="${look}"></i>${integer(count)} ${text}</span>`,
  );
  return html`<div class="outcomes" aria-hidden="true">${bars}</div>
<p class="key">${keys}</p>`;
}
