import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import { type GalleryGroup, gallerySection } from '../../kit/gallery-section.js';
import { html, type Markup } from '../../kit/markup.js';
import { short } from '../../kit/number-text.js';
import { boundText, normName } from '../audit-wording.js';
import { className } from '../select-trials.js';

/** Attacked inputs one by one; models without any are left out. */
export const gallery = (results: AuditResults, images: ReadonlyMap<string, Uint8Array>): Markup | undefined =>
  gallerySection({
    intro: html`<p>Each picture shows the original, the perturbation (scaled to be visible: small changes look
larger than they are) and the result; below it the predictions before and after, and the true class. These
images were chosen because they fool the model; the tables say how many do.</p>`,
    groups: results.models.flatMap(({ id, gallery }): GalleryGroup<Item>[] =>
      gallery
        ? [
            {
              title: id,
              tags: [gallery.trial, boundText(results)],
              file: gallery.file,
              items: gallery.items,
              remark: ({ size }) => `${normName(results.norm)} ${short(size)}`,
            },
          ]
        : [],
    ),
    images,
    className: (label) => className(results, label),
  });

type Item = NonNullable<AuditResults['models'][number]['gallery']>['items'][number];
