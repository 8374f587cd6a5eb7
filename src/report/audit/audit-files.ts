import { writeNpz } from '../../core/tensor/npz.js';
import { type Tensor, tensor } from '../../core/tensor/tensor.js';
import type { GallerySheet } from '../../node/apps/audit/audit-gallery.js';
import type { AuditOutcome } from '../../node/apps/audit/audit-options.js';
import { gallerySheetPng, isDrawable } from '../kit/gallery-png.js';
import { renderAudit } from './audit-html.js';
import { auditMarkdown } from './audit-markdown.js';
import { auditFigures } from './figures/index.js';

export { auditText } from './audit-text.js';

/** Everything that an audit writes, by its name in the run directory; what a person opens comes last. */
export async function auditFiles({
  results,
  galleries,
}: AuditOutcome): Promise<Map<string, Uint8Array | string>> {
  const images = new Map<string, Uint8Array>();
  const arrays = new Map<string, Uint8Array>();
  for (const [file, sheet] of galleries) {
    const png = isDrawable(sheet.originals.dims)
      ? await gallerySheetPng(sheet.originals, sheet.adversarial)
      : undefined;
    if (png) images.set(file, png);
    arrays.set(file.replace(/\.png$/, '.npz'), arraysOf(sheet));
  }
  const figures = await auditFigures(results);
  return new Map<string, Uint8Array | string>([
    ...images,
    ...arrays,
    ...[...figures].map(([id, svg]) => [`figures/${id}.svg`, svg] as const),
    ['audit.json', `${JSON.stringify(results, null, 2)}\n`],
    ['summary.md', auditMarkdown(results)],
    // Last, so that a report is never there before what it shows.
    ['report.html', renderAudit(results, { figures, images })],
  ]);
}

/** `images`, `adversarial` and `labels` as a data set that the toolkit reads. */
function arraysOf({ originals, adversarial, items }: GallerySheet): Uint8Array {
  const n = items.length;
  const column = (of: (item: GallerySheet['items'][number]) => number) =>
    tensor(
      'int64',
      [n],
      BigInt64Array.from(items, (item) => BigInt(of(item))),
    );
  return writeNpz(
    new Map<string, Tensor>([
      ['images', originals],
      ['adversarial', adversarial],
      ['labels', column((item) => item.label)],
      ['indices', column((item) => item.index)],
      ['clean', column((item) => item.clean)],
      ['predictions', column((item) => item.adversarial)],
    ]),
  );
}
