import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import { verdictNames } from '../../../core/evaluation/verdict.js';
import { verdictChip } from '../../kit/chips.js';
import { definitions, meanings } from '../../kit/lists.js';
import { html, type Markup } from '../../kit/markup.js';
import { percent } from '../../kit/number-text.js';
import { boundMeaning, verdictMeaning } from '../audit-wording.js';

/** What the numbers and the words mean. */
export const auditDefinitions = (results: AuditResults): Markup =>
  definitions('What the words mean', [
    [
      'Verdicts',
      html`${meanings(verdictNames.map((name) => [verdictChip(name), verdictMeaning(name, results)]))}
<p>The line is drawn at ${percent(results.threshold, 0)} of the correctly classified inputs; “clearly” is by
the 95 % interval.</p>`,
    ],
    ['Clean accuracy', 'Share of the attacked inputs that are classified correctly before any attack.'],
    [
      'Fooled',
      'Of the inputs that were classified correctly: those for which the attack finds a change within the ' +
        'bound after which the predicted class differs.',
    ],
    [
      'Robust accuracy',
      'Share of all inputs that are classified correctly and that no attack fools at ε or below, worst ' +
        'case over all attacks for each input. Initially wrong inputs are never robust.',
    ],
    ['ε (epsilon)', `How much an attacker may change: ${boundMeaning(results.norm)}.`],
    [
      'Interval',
      'The 95 % Wilson interval: had other images been drawn from the same source, the share would most ' +
        'likely lie within it.',
    ],
    [
      'Masked gradient',
      'Most attacks follow the gradient of the model. A defence that makes this gradient vanish or point ' +
        'elsewhere stops them, and leaves the adversarial inputs where they were: a better attack finds ' +
        'them. Hence the comparison of many attacks, weak ones included (Athalye, Carlini and Wagner 2018; ' +
        'Carlini et al. 2019).',
    ],
    [
      'Transfer',
      'The attacker follows the gradient of another model, or of this one without its defence, and tries ' +
        'the result on this one.',
    ],
    [
      'What robust does not mean',
      'No attack proves that there is no stronger one. A verdict holds for this norm, this ε, these ' +
        'inputs and these attacks.',
    ],
  ]);
