import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { counts, integer, interval, percent, together } from '../../kit/number-text.js';
import { answer, boundMeaning, boundText, VERDICTS } from '../audit-wording.js';
import { apparent, fooledBy, trialOf } from '../select-trials.js';
import { anchor, verdictChip } from './cells-section.js';

/** The answer: for readers who stop here. */
export function verdicts(results: AuditResults): Markup {
  const { data, norm, rounding, models } = results;
  const images =
    data.attacked === data.available
      ? integer(data.attacked)
      : `${integer(data.attacked)} of ${integer(data.available)}`;
  return html`<header class="top">
<p class="brand">Foolproof <span>audit</span></p>
<h1>${answer(results)}.</h1>
<p>Attacked within ${boundText(results)}: ${boundMeaning(norm)}. On ${images} test images of ${data.name}${
    rounding !== null && html`, results rounded to ${rounding} steps as a stored image is`
  }. Ranges are 95 % intervals.</p>
<div class="verdicts${models.length === 1 && ' single'}">${models.map((model, i) => card(results, model, i))}</div>
</header>`;
}

function card(results: AuditResults, model: AuditedModel, index: number): Markup {
  const name = results.models.length > 1 ? html`<a href="#${anchor(index)}">${model.id}</a>` : model.id;
  const best = trialOf(model, model.strongest);
  const fooled = best && fooledBy(results, best);
  const looks = model.verdict === 'masked' ? apparent(results, model) : undefined;
  return html`<article class="verdict ${VERDICTS[model.verdict].chip}">
<h2>${name} ${verdictChip(model.verdict)}</h2>
<p class="why">${together(model.why)}</p>
${fate(model)}
<dl class="numbers">
${number('Clean accuracy', percent(model.cleanAccuracy.value), `${interval(model.cleanAccuracy)}`)}
${looks && number('Seems to have', percent(looks.robust.value), `robust accuracy, if one trusts ${looks.trial.id}`, 'seems')}
${number('Robust accuracy', percent(model.robustAccuracy.value), model.robustAccuracy.value === null ? '' : `${interval(model.robustAccuracy)}, ${counts(model.robustAccuracy)}`)}
${number('Strongest attack', best ? percent(fooled?.value ?? null) : 'none', best ? `fooled by ${best.id}` : '')}
</dl></article>`;
}

const number = (term: string, value: string, note: string, look = ''): Markup =>
  html`<div><dt>${term}</dt><dd><b class="${look}">${value}</b>${note && html`<small>${note}</small>`}</dd></div>`;

/** What became of all inputs, as one bar; left out where the two rates are of different inputs. */
function fate({ cleanAccuracy: clean, robustAccuracy: robust }: AuditedModel): Markup | undefined {
  if (clean.total === 0 || clean.total !== robust.total || robust.count > clean.count) return undefined;
  const parts: [string, number, string][] = [
    ['held', robust.count, 'withstand every attack'],
    ['fell', clean.count - robust.count, 'fooled by some attack'],
    ['wrong', clean.total - clean.count, 'wrong before any attack'],
  ];
  const shown = parts.filter(([, count]) => count > 0);
  return html`<div class="fate" aria-hidden="true">${shown.map(([look, count]) => html`<i class="${look}" style="flex-grow:${count}"></i>`)}</div>
<p class="key">${shown.map(([look, count, text]) => html`<span><i class="${look}"></i>${integer(count)} ${text}</span>`)}</p>`;
}
