import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { computedWith } from '../../kit/computed-with.js';
import { html, type Markup } from '../../kit/markup.js';
import { byteSize, duration, integer, rateText, short } from '../../kit/number-text.js';
import { pageFooter } from '../../kit/page.js';
import { normName } from '../audit-wording.js';

/** What is needed to get the same numbers again. */
export function footer(results: AuditResults): Markup {
  const { environment, models, data, norm, epsilon, rounding, seed, effort, time } = results;
  const spent = time.budget === null ? '' : ` of ${duration(time.budget)} that were allowed`;
  const settings = [
    `norm ${normName(norm)}`,
    `epsilon ${short(epsilon)}`,
    `seed ${seed}`,
    ...(effort ? [`effort ${effort}`] : []),
    `${integer(data.attacked)} inputs`,
    rounding === null ? 'not rounded' : `rounded to ${rounding} steps`,
  ];
  return pageFooter(
    'Reproduce this',
    html`<p>Foolproof ${results.toolkit}, an audit of these models on this data: ${settings.join(', ')}. Every
number on this page is in <code>audit.json</code> beside it. It took ${duration(time.used)}${spent}.</p>
<ul>${models.map(file)}</ul>`,
    computedWith(environment, results.finished),
  );
}

const file = (model: AuditedModel): Markup => {
  const { id, path, bytes, parameters, reshapings, producer, testAccuracy, sha256 } = model;
  const parts = [
    byteSize(bytes),
    `${integer(parameters)} stored numbers`,
    ...(reshapings.length > 0 ? [reshapings.join(' and ')] : []),
    ...(producer ? [`written by ${producer}`] : []),
  ];
  const accuracy = testAccuracy && `; ${rateText(testAccuracy)} of the test images correct before any attack`;
  return html`<li><b>${id}</b>: <code>${path}</code>, ${parts.join(', ')}${accuracy}. SHA-256
<code>${sha256}</code></li>`;
};
