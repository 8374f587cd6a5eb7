import { duration } from '../../../core/base/text/index.js';
import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { byteSize, integer, rateText, short, time } from '../../kit/number-text.js';
import { normName } from '../audit-wording.js';

/** What someone needs who wants the same numbers again. */
export function footer(results: AuditResults): Markup {
  const { environment, models, data, norm, epsilon, rounding, seed, effort } = results;
  const files = models.map(
    (m) =>
      html`<li><b>${m.id}</b>: <code>${m.path}</code>, ${byteSize(m.bytes)}, ${integer(m.parameters)} stored numbers${
        m.reshapings.length > 0 && html`, ${m.reshapings.join(' and ')}`
      }${m.producer && html`, written by ${m.producer}`}${
        m.testAccuracy && html`; ${rateText(m.testAccuracy)} of all test images correct`
      }. SHA-256 <code>${m.sha256}</code></li>`,
  );
  const spent = results.time.budget === null ? '' : ` of ${duration(results.time.budget)} that were allowed`;
  return html`<footer id="reproduce"><h2>Run it again</h2>
<p>Foolproof ${results.toolkit}, <code>foolproof audit</code> with these models and this data: norm ${normName(norm)}, epsilon ${short(epsilon)},
seed ${seed}, ${effort && html`effort <code>${effort}</code>, `}${integer(data.attacked)} inputs, ${rounding === null ? 'not rounded' : html`rounded to ${rounding} steps`}. Every number on this page is in <code>audit.json</code> beside it.
It took ${duration(results.time.used)}${spent}.</p>
<ul>${files}</ul>
<p class="soft">Computed with ONNX Runtime ${environment.onnxruntime} on Node ${environment.node}, ${environment.platform},
${environment.cpu}${environment.device && html`, ${environment.device}`}. Finished ${time(results.finished)}. Another processor may round differently and move single images.</p></footer>`;
}
