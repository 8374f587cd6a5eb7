import { mcnemar, type Rate } from '../../../core/base/statistics.js';
import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import type { Judged, Measured } from './audit-options.js';

/** Row: whose gradient was followed; column: who was attacked. On the diagonal, the same attack with its own gradient. */
export function transferMatrix(
  { models, epsilon, attacked, planned }: Measured,
  judged: readonly Judged[],
): AuditResults['transfer'] {
  const attack = planned.find(({ transferred }) => transferred);
  if (models.length < 2 || !attack) return null;
  const rows = models.map(({ id: source }, row) =>
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
      const only = (x: Uint8Array, y: Uint8Array) =>
        x.reduce((sum, flag, n) => sum + Number(flag === 1 && y[n] === 0), 0);
      const onlyModel = only(a.summary.withstands, b.summary.withstands);
      const onlyReference = only(b.summary.withstands, a.summary.withstands);
      return {
        model: a.model.id,
        reference: b.model.id,
        onlyModel,
        onlyReference,
        p: mcnemar(onlyModel, onlyReference),
      };
    }),
  );
}
