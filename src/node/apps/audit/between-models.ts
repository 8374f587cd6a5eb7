import { mcnemar, type Rate } from '../../../core/base/statistics.js';
import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import type { JudgedModel } from './judged-model.js';

/**
 * Row: whose gradient was followed; column: who was attacked. On the diagonal, the same
 * attack with its own gradient.
 *
 * @param transferred name of the attack that follows other models
 */
export function transferMatrix(
  models: readonly JudgedModel[],
  { transferred, epsilon }: { readonly transferred: string | null; readonly epsilon: number },
): AuditResults['transfer'] {
  if (models.length < 2 || transferred === null) return null;
  const rows = models.map(({ about: { id: source } }, row) =>
    models.map(({ trials }, column): Rate | null => {
      const trial =
        row === column
          ? trials.find((t) => t.role === 'iterative' && t.attack === transferred && t.from === null)
          : trials.find((t) => t.role === 'transfer' && t.from === source);
      return trial?.points.find((point) => point.epsilon === epsilon)?.fooled ?? null;
    }),
  );
  return { attack: transferred, epsilon, inputs: models[0]?.evidence.correct.length ?? 0, rows };
}

/** Robust accuracy of every model with every earlier one, on the same inputs. */
export function comparisons(models: readonly JudgedModel[]): AuditResults['comparisons'] {
  return models.flatMap((a, i) =>
    models.slice(0, i).map((b) => {
      const only = (x: Uint8Array, y: Uint8Array) =>
        x.reduce((sum, flag, n) => sum + Number(flag === 1 && y[n] === 0), 0);
      const onlyModel = only(a.summary.withstands, b.summary.withstands);
      const onlyReference = only(b.summary.withstands, a.summary.withstands);
      return {
        model: a.about.id,
        reference: b.about.id,
        onlyModel,
        onlyReference,
        p: mcnemar(onlyModel, onlyReference),
      };
    }),
  );
}
