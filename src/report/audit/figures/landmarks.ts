import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import { percent, short } from '../../kit/number-text.js';
import { COLOURS } from '../../kit/theme.js';
import type { Encoding, Layer } from '../../kit/vega-types.js';

/** What guessing gives, and the epsilon that the verdict is about, behind the lines of robust accuracy. */
export function landmarks(
  { data, epsilon }: AuditResults,
  { x, y }: Required<Pick<Encoding, 'x' | 'y'>>,
): Layer[] {
  const chance = 1 / data.classes;
  const [atX, atY] = [{ ...x, field: 'x' } as typeof x, { ...y, field: 'y' } as typeof y];
  const rule = { type: 'rule' as const, strokeDash: [4, 4], color: COLOURS.paper, strokeWidth: 1.2 };
  const label = { type: 'text' as const, fontSize: 11, fontStyle: 'italic' as const, color: COLOURS.muted };
  return [
    { data: { values: [{ y: 100 * chance }] }, mark: rule, encoding: { y: atY } },
    { data: { values: [{ x: epsilon }] }, mark: rule, encoding: { x: atX } },
    {
      data: {
        values: [{ x: 0, y: 100 * chance, text: `guessing, ${percent(chance, chance < 0.02 ? 1 : 0)}` }],
      },
      mark: { ...label, align: 'left', dx: 2, dy: -8 },
      encoding: { x: atX, y: atY, text: { field: 'text' } },
    },
    {
      data: { values: [{ x: epsilon, y: 100, text: `audited: ${short(epsilon)}` }] },
      mark: { ...label, align: 'center', dy: -9 },
      encoding: { x: atX, y: atY, text: { field: 'text' } },
    },
  ];
}
