import type { AuditedModel, AuditResults, AuditTrial } from '../../../core/evaluation/audit-schema.js';
import { enumerate, percent, rateText } from '../../kit/number-text.js';
import { COLOURS } from '../../kit/theme.js';
import { boundText, ROLES, STANDINGS } from '../audit-wording.js';
import { byRole, fooledBy, type Standing, standingOf, trialOf } from '../select-trials.js';
import type { AuditFigure } from './audit-figure.js';

const ROW_HEIGHT = 22;
const WIDTH = 430;
/** Of a name: width of a character in pixels, and the narrowest and widest column of names. */
const [CHARACTER, NARROWEST, WIDEST] = [6.9, 150, 370];
const INDENT = 14;

interface Row {
  readonly row: number;
  readonly text: string;
}

interface TrialRow extends Row {
  readonly standing: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly said: string;
}

const measured = (results: AuditResults, trial: AuditTrial): boolean =>
  fooledBy(results, trial)?.value != null;

/** Groups one below the other, each under its heading; rows are numbered from the top. */
function layout(
  results: AuditResults,
  model: AuditedModel,
): { heads: Row[]; rows: TrialRow[]; count: number } {
  const [heads, rows]: [Row[], TrialRow[]] = [[], []];
  let row = 0;
  for (const { role, trials } of byRole(model.trials.filter((t) => measured(results, t)))) {
    heads.push({ row: row++, text: ROLES[role].title });
    for (const trial of trials) {
      const { value, low, high } = fooledBy(results, trial)!;
      rows.push({
        row: row++,
        text: trial.id,
        standing: STANDINGS[standingOf(results, model, trial)].name,
        value: 100 * value!,
        low: 100 * low!,
        high: 100 * high!,
        said: percent(value),
      });
    }
  }
  return { heads, rows, count: row };
}

/** How strong each attack is at the audited epsilon: where attacks stand in the wrong order, a gradient is hidden. */
export const strengths: AuditFigure = {
  id: 'strengths',
  title: 'What each attack fools at the audited epsilon',
  of: 'model',
  howToRead:
    'Each mark is the share of correctly classified inputs that one attack fools, the line through it the 95 % interval; the dashed line ' +
    'marks the attack that fools most. Attacks are sorted by how much they know. Against an honest model, noise fools least, one step more, ' +
    'many steps most, and attacks without the gradient or with that of another model less again. Marks of a conspicuous colour are ' +
    'out of that order, and findings say why.',

  applies: (results, [model]) => model!.trials.some((trial) => measured(results, trial)),

  shows(results, [model]) {
    const best = trialOf(model!, model!.strongest);
    const rate = best && fooledBy(results, best);
    const ofStanding = (standing: Standing): string[] =>
      model!.trials
        .filter((t) => measured(results, t) && standingOf(results, model!, t) === standing)
        .map((t) => `${t.id} (${percent(fooledBy(results, t)!.value)})`);
    const [misses, reveals, doubtful] = [ofStanding('misses'), ofStanding('reveals'), ofStanding('doubtful')];
    return [
      ...(best && rate && rate.value !== null
        ? [`Strongest at ${boundText(results)}: ${best.id}, which fools ${rateText(rate)}.`]
        : []),
      ...(misses.length > 0 && reveals.length > 0
        ? [
            `The gradient is hidden from ${enumerate(misses)}: ${enumerate(reveals)} ${reveals.length === 1 ? 'shows' : 'show'} what is there.`,
          ]
        : []),
      ...(doubtful.length > 0 ? [`Not to be trusted: ${enumerate(doubtful)}.`] : []),
      ...(misses.length + doubtful.length === 0 ? ['No attack is out of order.'] : []),
    ];
  },

  spec(results, [model]) {
    const { heads, rows, count } = layout(results, model!);
    const longest = Math.max(...rows.map((r) => r.text.length));
    const names = Math.min(WIDEST, Math.max(NARROWEST, INDENT + CHARACTER * longest + 14));
    const x = {
      type: 'quantitative' as const,
      scale: { domain: [0, 100], nice: false, zero: true },
    };
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
    const used = (
      Object.values(STANDINGS) as readonly { name: string; colour: string; shape: string }[]
    ).filter(({ name }) => rows.some((r) => r.standing === name));
    const range = { domain: used.map((u) => u.name) };
    const colour = {
      field: 'standing',
      type: 'nominal' as const,
      scale: { ...range, range: used.map((u) => u.colour) },
      legend: {
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
      },
    };
    const best = trialOf(model!, model!.strongest);
    const most = best && fooledBy(results, best)?.value;
    const plain = rows.map((r) => ({ ...r }));
    return {
      width: WIDTH,
      height: count * ROW_HEIGHT,
      layer: [
        ...(most == null
          ? []
          : [
              {
                data: { values: [{ most: 100 * most }] },
                mark: { type: 'rule' as const, strokeDash: [4, 4], color: COLOURS.muted },
                encoding: { x: { ...x, field: 'most', axis } },
              },
            ]),
        {
          data: { values: heads.map((h) => ({ ...h })) },
          mark: { type: 'text', align: 'left', fontWeight: 600, color: COLOURS.ink },
          encoding: { x: { value: -names }, y, text: { field: 'text' } },
        },
        {
          data: { values: plain },
          mark: { type: 'text', align: 'left', limit: names - INDENT - 10 },
          encoding: { x: { value: INDENT - names }, y, text: { field: 'text' } },
        },
        {
          data: { values: plain },
          mark: { type: 'rule', strokeWidth: 3, opacity: 0.35, strokeCap: 'round' },
          encoding: { x: { ...x, field: 'low', axis }, x2: { field: 'high' }, y, color: colour },
        },
        {
          data: { values: plain },
          mark: { type: 'point', filled: true, size: 90, opacity: 1 },
          encoding: {
            x: { ...x, field: 'value', axis },
            y,
            color: colour,
            shape: { ...colour, scale: { ...range, range: used.map((u) => u.shape) } },
          },
        },
        {
          data: { values: plain },
          mark: { type: 'text', align: 'right', fontWeight: 600 },
          encoding: { x: { value: WIDTH + 70 }, y, text: { field: 'said' } },
        },
      ],
    };
  },
};
