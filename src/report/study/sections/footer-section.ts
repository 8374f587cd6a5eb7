import type { Results } from '../../../node/apps/study/study-schema.js';
import { computedWith } from '../../kit/computed-with.js';
import { html, type Markup } from '../../kit/markup.js';
import { integer } from '../../kit/number-text.js';
import { pageFooter } from '../../kit/page.js';

/** What is needed to get the same numbers again. */
export function footer(results: Results): Markup {
  const { environment, finished, study, profile, seed, toolkit, models } = results;
  const trained = models.map(
    ({ label, training, file }) =>
      html`<li>${label}: ${integer(training.images)} training images (${training.epochs} epochs),
${training.optimizer}; <code>${file}</code></li>`,
  );
  return pageFooter(
    'Reproduce this',
    html`<p>Study <code>${study}</code>, profile <code>${profile}</code>, seed <code>${seed}</code>, with
Foolproof ${toolkit}. Every number on this page is in <code>results.json</code> beside it; the models are
plain ONNX files.</p>`,
    trained.length > 0 && html`<ul>${trained}</ul>`,
    computedWith(environment, finished),
    html`<p class="soft">The paper: Q. Liu, T. Liu, Z. Liu, Y. Wang, Y. Jin and W. Wen, “Security Analysis and
Enhancement of Model Compressed Deep Learning Systems under Adversarial Attacks”.</p>`,
  );
}
