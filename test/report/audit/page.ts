import type { AuditResults } from '../../../src/core/evaluation/audit-schema.js';
import { auditFigures, renderAudit } from '../../../src/report/audit/index.js';
import { galleryPng } from '../../../src/report/kit/gallery-png.js';

const grey = new Float32Array(3 * 32 * 32).fill(0.5);
const row = { original: grey, perturbed: grey.map((v) => v + 8 / 255) };

/** The whole report, with figures and pictures. */
export async function pageOf(results: AuditResults): Promise<string> {
  const images = new Map<string, Uint8Array>();
  for (const { gallery } of results.models) {
    if (gallery)
      images.set(
        gallery.file,
        await galleryPng(
          gallery.items.map(() => row),
          [3, 32, 32],
        ),
      );
  }
  return renderAudit(results, { figures: await auditFigures(results), images });
}

export const none = { figures: new Map<string, string>(), images: new Map<string, Uint8Array>() };

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };

/** What a reader sees, blanks made one. */
export const seen = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(#?\w+);/g, (_, name: string) => ENTITIES[name] ?? '?')
    .replace(/[\s\u00a0]+/g, ' ')
    .replace(/ ([,.;:)])/g, '$1');
