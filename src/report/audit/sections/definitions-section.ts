import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { percent } from '../../kit/number-text.js';
import { boundMeaning, VERDICTS, verdictMeaning } from '../audit-wording.js';
import { verdictChip } from './cells-section.js';

/** What the numbers and the words mean. */
export function definitions(results: AuditResults): Markup {
  const names = Object.keys(VERDICTS) as AuditedModel['verdict'][];
  const terms: [string, Markup | string][] = [
    [
      'Verdicts',
      html`<ul class="meanings">${names.map((name) => html`<li>${verdictChip(name)} ${verdictMeaning(name, results)}</li>`)}</ul>
<p>The line is drawn at ${percent(results.threshold, 0)} of the correctly classified inputs; “clearly” is by the 95 % interval.</p>`,
    ],
    ['Clean accuracy', 'Share of the attacked inputs that are classified correctly before any attack.'],
    [
      'Fooled',
      'Of the inputs that were classified correctly: those for which the attack finds a change within the bound after which the model says something else.',
    ],
    [
      'Robust accuracy',
      'Share of all inputs that are classified correctly and that no attack fools at ε or below, worst case over all attacks for each input. What was wrong from the start is never robust.',
    ],
    ['ε (epsilon)', `How much an attacker may change: ${boundMeaning(results.norm)}.`],
    [
      'Interval',
      'The 95 % Wilson interval: had other images been drawn from the same source, the share would most likely lie in there.',
    ],
    [
      'Masked gradient',
      'Most attacks follow the gradient of the model. A defence that merely makes this gradient vanish or point elsewhere stops them, and ' +
        'leaves the adversarial inputs where they were: a better attack finds them. Hence the comparison of many attacks, weak ones included (Athalye, Carlini and Wagner 2018; Carlini et al. 2019).',
    ],
    [
      'Transfer',
      'The attacker follows the gradient of another model, or of this one with a defence taken away, and tries the result on this one.',
    ],
    [
      'What robust does not mean',
      'No attack proves that there is no stronger one. A verdict holds for this norm, this ε, these inputs and these attacks.',
    ],
  ];
  return html`<section id="definitions"><h2>What the words mean</h2>
<dl class="terms">${terms.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl></section>`;
}
