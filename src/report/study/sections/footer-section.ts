import type { Results } from '../../../node/apps/study/study-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { integer, time } from '../../kit/number-text.js';

/** What someone needs who wants the same numbers again. */
export function footer(results: Results): Markup {
  const { environment } = results;
  const trained = results.models.map(
    (m) =>
      html`<li>${m.label}: ${integer(m.training.images)} training images (${m.training.epochs} epochs), ${m.training.optimizer};
<code>${m.file}</code></li>`,
  );
  return html`<footer id="reproduce"><h2>Reproduce this</h2>
<p>Study <code>${results.study}</code>, profile <code>${results.profile}</code>, seed <code>${results.seed}</code>, with
Foolproof ${results.toolkit}. Every number on this page is in <code>results.json</code> beside it; the models are plain ONNX
files.</p>
${trained.length > 0 && html`<ul>${trained}</ul>`}
<p class="soft">Computed with ONNX Runtime ${environment.onnxruntime} on Node ${environment.node}, ${environment.platform},
${environment.cpu}. Finished ${time(results.finished)}. Another processor may round differently and move single images.</p>
<p class="soft">The paper: Q. Liu, T. Liu, Z. Liu, Y. Wang, Y. Jin and W. Wen, “Security Analysis and Enhancement of Model
Compressed Deep Learning Systems under Adversarial Attacks”.</p></footer>`;
}
