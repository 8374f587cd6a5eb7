import { objectives } from '../../models/objectives.js';
import type { Results } from '../../studies/results.js';
import { html, type Markup } from '../markup.js';
import { objectivesOf } from '../select.js';

/** What the numbers mean; the same wording for every study. */
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
      'The most by which each pixel may change, in input units: pixels run from 0 (black) to 1 (white). At ε = 0.5 any pixel ' +
        'can be turned to mid-grey.',
    ],
    [
      'τ (tau)',
      'Coefficient of gradient inhibition: the weights of the last layer become w + τ · sign(w). 0 is the model as trained.',
    ],
    ...objectivesOf(results.attacks).flatMap((name): [string, string][] => {
      const known = objectives[name];
      return known ? [[known.title, `What the attacker maximizes: ${known.help} (${known.source}).`]] : [];
    }),
    [
      'Stored and computed weights',
      'A compressed network stores few weights and computes with many that are copies of them. “Stored” is the ratio of both.',
    ],
  ];
  return html`<section id="definitions"><h2>What the numbers mean</h2>
<dl class="terms">${terms.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl></section>`;
}
