import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import { percent, short } from '../../kit/number-text.js';
import { COLOURS } from '../../kit/theme.js';
import type { Encoding, Layer } from '../../study/figures/study-figure.js';

/** What guessing gives, and the epsilon that the verdict is about, behind the lines of robust accuracy. */
export function landmarks(
  { data, epsilon }: AuditResults,
  { x, y }: Required<Pick<Encoding, 'x' | 'y'>>,
): Layer[] {
  const chance = 1 / data.classes;
  const at = { x: { ...x, field: 'x' }, y: { ...y, field: 'y' } } as Encoding;
  const rule = { type: 'rule' as const, strokeDash: [4, 4], color: COLOURS.paper, strokeWidth: 1.2 };
  const label = { type: 'text' as const, fontSize: 11, fontStyle: 'italic' as const, color: COLOURS.muted };
  return [
    { data: { values: [{ y: 100 * chance }] }, mark: rule, encoding: { y: at.y! } },
    { data: { values: [{ x: epsilon }] }, mark: rule, encoding: { x: at.x! } },
    {
      data: {
        values: [{ x: 0, y: 100 * chance, text: `guessing, ${percent(chance, chance < 0.02 ? 1 : 0)}` }],
      },
      mark: { ...label, align: 'left', dx: 2, dy: -8 },
      encoding: { ...at, text: { field: 'text' } },
    },
    {
      data: { values: [{ x: epsilon, y: 100, text: `audited: ${short(epsilon)}` }] },
      mark: { ...label, align: 'center', dy: -9 },
      encoding: { ...at, text: { field: 'text' } },
    },
  ];
}
