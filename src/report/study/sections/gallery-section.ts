import { sameAttack } from '../../../node/apps/study/comparisons.js';
import type { Results } from '../../../node/apps/study/study-schema.js';
import { type GalleryGroup, gallerySection } from '../../kit/gallery-section.js';
import { PERTURBATION } from '../../kit/gallery-sheet.js';
import { html, type Markup } from '../../kit/markup.js';
import { integer, percent, rateText } from '../../kit/number-text.js';
import { modelStyles } from '../model-styles.js';
import { className, inColour } from '../select-results.js';
import { attackTitle, budgetText } from '../study-wording.js';

type Sheet = Results['gallery'][number];

/** Attacked inputs one by one. */
export const gallery = (
  results: Results,
  images: ReadonlyMap<string, Uint8Array | string>,
): Markup | undefined =>
  gallerySection({
    intro: html`<p>Each picture shows the original, the perturbation
(${PERTURBATION[inColour(results) ? 'colour' : 'grey']}) and the result. Below it: the predictions before and
after, the probability of the latter, and the true class. These images were chosen because the attack
succeeded: of each class the first one that was classified correctly and is fooled (not every class has such
an image). How often the attack succeeds is said beside them.</p>`,
    groups: results.gallery.map((sheet) => groupOf(results, sheet)),
    images,
    className: (label) => className(results, label),
  });

function groupOf(results: Results, sheet: Sheet): GalleryGroup<Sheet['items'][number]> {
  const overall = results.attacks
    .find((a) => a.tau === 0 && a.model === sheet.model && sameAttack(a, sheet))
    ?.points.find((p) => p.budget === sheet.budget)?.successAtBudget;
  const budget = budgetText(sheet.budgetName, sheet.budget);
  return {
    title: modelStyles(results)(sheet.model).name,
    tags: [attackTitle(sheet), budget, 'the first fooled image of each class'],
    ...(overall &&
      overall.value !== null && {
        note:
          `Of all ${integer(overall.total)} attacked images, ${rateText(overall)} are fooled at ` +
          `exactly ${budget}.`,
      }),
    file: sheet.file,
    items: sheet.items,
    beside: ({ confidence }) => `probability ${percent(confidence, 0)}`,
  };
}
