import { findIn } from '../../../core/base/names.js';
import { objectives } from '../../../core/models/objectives/index.js';
import type { Results } from '../../../node/apps/study/study-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { isCompressed } from '../families.js';
import { inColour, objectivesOf } from '../select-results.js';
import { VERDICTS } from '../study-wording.js';

const STORED: [string, string] = [
  'Stored and computed weights',
  'A compressed network stores few weights and computes with many that are copies of them. “Stored” is the ratio of both.',
];

/** What the numbers mean; of terms that these results do not need, nothing. */
export function definitions(results: Results): Markup {
  const terms: [string, Markup | string][] = [
    [
      'Success rate',
      'Share of the attacked images whose predicted class changes (Algorithm 1 of the paper): at this ε or a smaller one. An ' +
        'image that was misclassified before counts too, since what matters is that the answer changes.',
    ],
    ['Clean accuracy', 'Share of the test images that are classified correctly without an attack.'],
    [
      'Robust accuracy',
      'Share of the attacked images that are classified correctly before and after the attack. What was wrong from the ' +
        'start is never robust.',
    ],
    [
      'Interval',
      'Every share comes with its 95 % Wilson interval: had we drawn other images from the same source, the share would ' +
        'most likely lie in there. It covers the choice of images only: each model was trained once, and another training may ' +
        'differ by more.',
    ],
    [
      'ε (epsilon)',
      inColour(results)
        ? 'The most by which each of the red, green and blue values of a pixel may change, in input units: from 0 (none of it) to 1 ' +
          '(full). 8/255 is eight of the 255 steps of a stored image, which hardly anybody sees; at ε = 0.5 any pixel can be turned ' +
          'to mid-grey.'
        : 'The most by which each pixel may change, in input units: pixels run from 0 (black) to 1 (white). At ε = 0.5 any pixel ' +
          'can be turned to mid-grey.',
    ],
    [
      'τ (tau)',
      'Coefficient of gradient inhibition: the weights of the last layer become w + τ · sign(w). 0 is the model as trained.',
    ],
    ...objectivesOf(results.attacks).flatMap((name): [string, string][] => {
      const known = findIn(objectives, name);
      return known ? [[known.title, `What the attacker maximizes: ${known.help} (${known.source}).`]] : [];
    }),
    ...saliency(results),
    ...masking(results),
    ...(results.models.some(isCompressed) ? [STORED] : []),
  ];
  return html`<section id="definitions"><h2>What the numbers mean</h2>
<dl class="terms">${terms.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl></section>`;
}

function saliency({ attacks }: Results): [string, string][] {
  if (!attacks.some((a) => a.attack === 'jsma')) return [];
  return [
    [
      'HJSMA',
      'Jacobian-based saliency map attack on a compressed (hashed) model: it changes few elements, each of them to white, ' +
        'instead of all of them a little. Single-shot computes one map and takes its most salient elements (Algorithm 1 of the ' +
        'paper); iterative computes a new map after each changed element or pair (Papernot et al. 2016).',
    ],
    [
      'Saliency',
      'How strongly an element raises the target class (here: the one that the model finds second most likely, unless said ' +
        'otherwise): the size of that derivative (Eq. 7 of the paper).',
    ],
    [
      'Admissible element',
      'One whose change raises the target class and lowers the sum of all others, that was not changed before and is not yet at ' +
        'the end of its range. Without any, the attack is stuck: there is nothing left that it may change.',
    ],
    [
      'Probabilities or logits',
      'Which outputs HJSMA differentiates. Of a very confident model the softmax probabilities no longer react to any input, ' +
        'so that their derivatives round to exactly zero; logits, the numbers before the softmax, always react.',
    ],
  ];
}

function masking({ attacks, verdicts }: Results): [string, Markup | string][] {
  return [
    ...(attacks.some((a) => a.variant === 'transfer')
      ? [
          [
            'Transfer',
            'The attacker computes the gradient on the same model without inhibition and tries the result on the inhibited one. It ' +
              'shows whether the images that fool the model are still there when its own gradient no longer leads to them.',
          ] as [string, string],
        ]
      : []),
    ...(verdicts.length > 0
      ? [
          [
            'Verdicts on inhibition',
            html`<ul class="meanings">${Object.entries(VERDICTS).map(([name, { meaning }]) => html`<li><b>${name}</b>: ${meaning}</li>`)}</ul>`,
          ] as [string, Markup],
        ]
      : []),
  ];
}
