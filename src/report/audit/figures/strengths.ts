import type { TopLevelSpec } from 'vega-lite';
import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { enumerate, percent, rateText } from '../../kit/number-text.js';
import { COLOURS } from '../../kit/theme.js';
import type { Layer } from '../../kit/vega-types.js';
import { boundText, STANDINGS } from '../audit-wording.js';
import { ROLES } from '../roles.js';
import { byRole, fooledBy, type Standing, standingOf, strongestOf } from '../select-trials.js';
import type { AuditFigure } from './audit-figure.js';

const ROW_HEIGHT = 22;
const WIDTH = 430;
/** Of a name: width of a character in pixels, and the narrowest and widest column of names. */
const [CHARACTER, MIN_NAMES, MAX_NAMES] = [6.9, 150, 370];
const INDENT = 14;

interface Row {
  readonly row: number;
  readonly text: string;
}

interface TrialRow extends Row {
  readonly standing: Standing;
  /** `standing` in words. */
  readonly standingName: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly said: string;
}

interface Layout {
  readonly heads: readonly Row[];
  readonly rows: readonly TrialRow[];
  readonly count: number;
}

/** Groups one below the other, each under its heading; rows are numbered from the top. */
function layoutOf(results: AuditResults, model: AuditedModel): Layout {
  const [heads, rows]: [Row[], TrialRow[]] = [[], []];
  let row = 0;
  for (const { role, trials } of byRole(model.trials)) {
    const own = trials.flatMap((trial) => {
      const fooled = fooledBy(results, trial);
      const { value = null, low = null, high = null } = fooled ?? {};
      return value === null || low === null || high === null ? [] : [{ trial, value, low, high }];
    });
    if (own.length === 0) continue;
    heads.push({ row: row++, text: ROLES[role].title });
    for (const { trial, value, low, high } of own) {
      const standing = standingOf(results, model, trial);
      rows.push({
        row: row++,
        text: trial.id,
        standing,
        standingName: STANDINGS[standing].name,
        ...{ value: 100 * value, low: 100 * low, high: 100 * high },
        said: percent(value),
      });
    }
  }
  return { heads, rows, count: row };
}

/**
 * How strong each attack is at the audited epsilon: where attacks are not in the expected order, a gradient
 * is hidden.
 */
export const strengths: AuditFigure = {
  id: 'strengths',
  title: 'What each attack fools at the audited epsilon',
  of: 'model',
  howToRead:
    'Each mark is the share of correctly classified inputs that one attack fools, the line through it the ' +
    '95 % interval; the dashed line marks the attack that fools most. Attacks are sorted by how much they ' +
    'know. Without masking, noise fools least, one step more, many steps most, and attacks without the ' +
    'gradient or with that of another model less again. Marks of a conspicuous colour are out of that ' +
    'order, and findings say why.',

  applies: (results, [model]) => layoutOf(results, model).rows.length > 0,

  shows(results, [model]) {
    const best = strongestOf(results, model);
    const { rows } = layoutOf(results, model);
    const ofStanding = (standing: Standing): string[] =>
      rows.filter((row) => row.standing === standing).map(({ text, said }) => `${text} (${said})`);
    const [misses, reveals, doubtful] = [ofStanding('misses'), ofStanding('reveals'), ofStanding('doubtful')];
    const shown = reveals.length === 1 ? 'shows' : 'show';
    return [
      ...(best?.fooled?.value != null
        ? [`Strongest at ${boundText(results)}: ${best.trial.id}, which fools ${rateText(best.fooled)}.`]
        : []),
      ...(misses.length > 0 && reveals.length > 0
        ? [`The gradient is hidden from ${enumerate(misses)}: ${enumerate(reveals)} ${shown} what is there.`]
        : []),
      ...(doubtful.length > 0 ? [`Not to be trusted: ${enumerate(doubtful)}.`] : []),
      ...(misses.length + doubtful.length === 0 ? ['No attack is out of order.'] : []),
    ];
  },

  spec: (results, [model]) => drawn(results, model),
};

function drawn(results: AuditResults, model: AuditedModel): TopLevelSpec {
  const { heads, rows, count } = layoutOf(results, model);
  const longest = Math.max(...rows.map((r) => r.text.length));
  const names = Math.min(MAX_NAMES, Math.max(MIN_NAMES, INDENT + CHARACTER * longest + 14));
  const x = { type: 'quantitative' as const, scale: { domain: [0, 100], nice: false, zero: true } };
  const axis = {
    title: `Fooled, of the correctly classified inputs (%), at ${boundText(results)}`,
    values: [0, 25, 50, 75, 100],
    grid: true,
    domain: false,
  };
  const y = {
    field: 'row',
    type: 'quantitative' as const,
    scale: { domain: [count - 0.4, -0.6], nice: false, zero: false },
    axis: null,
  };
  const used = Object.values(STANDINGS).filter(({ name }) => rows.some((r) => r.standingName === name));
  const range = { domain: used.map((u) => u.name) };
  const colour = {
    field: 'standingName',
    type: 'nominal' as const,
    scale: { ...range, range: used.map((u) => u.colour) },
    legend: legend(names),
  };
  const values = rows.map((r) => ({ ...r }));
  return {
    width: WIDTH,
    height: count * ROW_HEIGHT,
    layer: [
      ...strongestRule(results, model, { ...x, field: 'best', axis }),
      {
        data: { values: heads.map((h) => ({ ...h })) },
        mark: { type: 'text', align: 'left', fontWeight: 600, color: COLOURS.ink },
        encoding: { x: { value: -names }, y, text: { field: 'text' } },
      },
      {
        data: { values },
        mark: { type: 'text', align: 'left', limit: names - INDENT - 10 },
        encoding: { x: { value: INDENT - names }, y, text: { field: 'text' } },
      },
      {
        data: { values },
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.35, strokeCap: 'round' },
        encoding: { x: { ...x, field: 'low', axis }, x2: { field: 'high' }, y, color: colour },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: {
          x: { ...x, field: 'value', axis },
          y,
          color: colour,
          shape: { ...colour, scale: { ...range, range: used.map((u) => u.shape) } },
        },
      },
      {
        data: { values },
        mark: { type: 'text', align: 'right', fontWeight: 600 },
        encoding: { x: { value: WIDTH + 70 }, y, text: { field: 'said' } },
      },
    ],
  };
}

/** Over the plot, from the left edge of the names. */
const legend = (names: number) => ({
  orient: 'none' as const,
  direction: 'horizontal' as const,
  legendX: -names,
  legendY: -34,
  labelColor: COLOURS.text,
  labelLimit: 260,
  title: null,
  symbolSize: 90,
  labelFontSize: 12,
  symbolStrokeWidth: 0,
  symbolOpacity: 1,
  columnPadding: 16,
});

/** A dashed line at what the strongest attack fools; none where no attack fools anything. */
function strongestRule(
  results: AuditResults,
  model: AuditedModel,
  x: NonNullable<NonNullable<Layer['encoding']>['x']>,
): Layer[] {
  const value = strongestOf(results, model)?.fooled?.value;
  if (value == null) return [];
  const mark = { type: 'rule' as const, strokeDash: [4, 4], color: COLOURS.muted };
  return [{ data: { values: [{ best: 100 * value }] }, mark, encoding: { x } }];
}
