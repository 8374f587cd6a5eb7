import { mcnemar, pairedCounts, type Rate } from '../../../core/base/statistics.js';
import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import type { Evidence } from '../../../core/evaluation/evidence.js';
import type { Summary } from '../../../core/evaluation/verdict.js';
import type { Measured } from './assemble-results.js';
import type { GallerySheet } from './audit-gallery.js';

/** A model with what was found out about it. */
export interface Judged {
  readonly model: AuditedModel;
  readonly evidence: Evidence;
  readonly summary: Summary;
  readonly sheet: GallerySheet | undefined;
}

/** Row: whose gradient was followed; column: who was attacked. On the diagonal, the same attack with its own gradient. */
export function transferMatrix(
  { subjects, epsilon, attacked, planned }: Measured,
  judged: readonly Judged[],
): AuditResults['transfer'] {
  const attack = planned.find(({ transferred }) => transferred);
  if (subjects.length < 2 || !attack) return null;
  const rows = subjects.map(({ id: source }, row) =>
    judged.map(({ model }, column): Rate | null => {
      const trial =
        row === column
          ? model.trials.find(
              (t) => t.role === 'iterative' && t.attack === attack.attack.name && t.from === null,
            )
          : model.trials.find((t) => t.role === 'transfer' && t.from === source);
      return trial?.points.find((point) => point.epsilon === epsilon)?.fooled ?? null;
    }),
  );
  return { attack: attack.attack.name, epsilon, inputs: attacked.length, rows };
}

/** Robust accuracy of every model with every earlier one, on the same inputs. */
export function comparisons(judged: readonly Judged[]): AuditResults['comparisons'] {
  return judged.flatMap((a, i) =>
    judged.slice(0, i).map((b) => {
      const { onlyA, onlyB } = pairedCounts(a.summary.robust, b.summary.robust);
      return {
        model: a.model.id,
        reference: b.model.id,
        onlyModel: onlyA,
        onlyReference: onlyB,
        p: mcnemar(onlyA, onlyB),
      };
    }),
  );
}
