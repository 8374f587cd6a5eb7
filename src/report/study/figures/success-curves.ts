import type { TopLevelSpec } from 'vega-lite';
import { compareRates } from '../../../core/base/statistics.js';
import type { AttackName } from '../../../node/apps/study/comparisons.js';
import type { Results } from '../../../node/apps/study/study-schema.js';
import { type AxisX, linePanel, linePoint, type PaperMarks } from '../../kit/line-chart.js';
import { enumerate, integer, rateText } from '../../kit/number-text.js';
import { panelHeads } from '../../kit/panel-heads.js';
import { modelStyles } from '../model-styles.js';
import { type Attack, attackedImages, kindsOf, runsOfKind } from '../select-results.js';
import { budgetText, kindHint, kindName } from '../study-wording.js';

export interface CurvesLayout {
  /** Panels in a row. */
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  /** The axis of budgets. */
  readonly x: AxisX;
  readonly paper?: (kind: AttackName) => PaperMarks | undefined;
}

/** Success (Algorithm 1) over the budgets: a panel for each kind of attack, a line for each model. */
export function successCurves(results: Results, runs: readonly Attack[], layout: CurvesLayout): TopLevelSpec {
  const style = modelStyles(results);
  const kinds = kindsOf(runs);
  const own = kinds.map((kind) => runsOfKind(runs, kind));
  const { columns, width, height, x } = layout;
  const images = (i: number): string => `${enumerate(attackedImages(own[i] ?? []).map(integer))} images`;
  const heads = panelHeads(
    kinds.map((kind, i) => ({ title: kindName(kind), notes: [kindHint(kind), images(i)] })),
    width,
  );
  const panels = kinds.map((kind, i) => {
    const points = (own[i] ?? []).flatMap((attack) =>
      attack.points.flatMap((p) => linePoint(style(attack.model), p.budget, p.success)),
    );
    const marks = layout.paper?.(kind);
    return linePanel({
      points,
      x,
      y: { title: i % columns === 0 ? 'Attack success (%)' : null, domain: [0, 100] },
      width,
      height,
      ...(heads[i] && { head: heads[i] }),
      labels: namedHere(own, i, columns),
      ...(marks && { paper: marks }),
    });
  });
  return { concat: panels, columns, spacing: { row: 28, column: 28 } };
}

/**
 * Whether lines are named in a panel: in all of them when there are two in a row at most, else in the last of
 * each row, and wherever a line has no name there.
 */
export function namedHere(panels: readonly (readonly Attack[])[], i: number, columns: number): boolean {
  if (columns <= 2) return true;
  const last = Math.min(panels.length - 1, i - (i % columns) + columns - 1);
  const [own = [], named = []] = [panels[i], panels[last]];
  return i === last || own.some((a) => !named.some((b) => b.model === a.model));
}

/**
 * Says where success at exactly one budget falls, clearly, from one budget to the next, and why it can.
 * Nothing when it never does.
 */
export function dips(results: Results, runs: readonly Attack[]): string[] {
  const style = modelStyles(results);
  const found = kindsOf(runs).flatMap((kind) => {
    const models = runsOfKind(runs, kind).flatMap((attack) => {
      const fall = largestFall(attack);
      if (!fall) return [];
      const [from, to] = fall.map(
        (p) => `${rateText(p.successAtBudget)} at ${budgetText(attack.budgetName, p.budget)}`,
      );
      return [`${style(attack.model).name} from ${from} to ${to}`];
    });
    return models.length > 0 ? [`${kindName(kind)}: ${enumerate(models)}`] : [];
  });
  if (found.length === 0) return [];
  return [
    'The lines cannot fall: an image counts from the smallest strength on that fools the model (Algorithm ' +
      '1 stops there). Counted at exactly one strength, success does fall where a change that is too large ' +
      'overshoots, past the images that fool the model or back to the first class. Largest clear falls: ' +
      `${found.join('; ')}.`,
  ];
}

type Point = Attack['points'][number];

function largestFall({ points }: Attack): readonly [Point, Point] | undefined {
  const drop = ([a, b]: readonly [Point, Point]): number =>
    (a.successAtBudget.value ?? 0) - (b.successAtBudget.value ?? 0);
  return points
    .flatMap((from, i) => points.slice(i + 1, i + 2).map((to) => [from, to] as const))
    .filter(([from, to]) => compareRates(to.successAtBudget, from.successAtBudget) === 'lower')
    .sort((a, b) => drop(b) - drop(a))[0];
}
