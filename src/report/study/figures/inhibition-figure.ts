import type { AttackName } from '../../../node/apps/study/comparisons.js';
import type { Rate, Results } from '../../../node/apps/study/study-schema.js';
import { extent } from '../../kit/axis-range.js';
import { type LinePanel, linePanel, linePoint } from '../../kit/line-chart.js';
import { equals, short, spanText } from '../../kit/number-text.js';
import { panelHeads } from '../../kit/panel-heads.js';
import type { Panel } from '../../kit/vega-types.js';
import { familiesOf } from '../families.js';
import { modelStyles } from '../model-styles.js';
import { paperInhibition } from '../paper-figures.js';
import {
  type Attack,
  attackOn,
  fgsm,
  inhibitedBudgets,
  kindsOf,
  mayBeThePapers,
  runsOfKind,
  successAlone,
  tausOf,
  transfer,
} from '../select-results.js';
import { kindHint, kindName } from '../study-wording.js';
import type { Figure } from './study-figure.js';
import { namedHere } from './success-curves.js';

interface Sweep {
  readonly kind: AttackName;
  /** At two values of tau or more, by rising tau. */
  readonly runs: readonly Attack[];
}

function sweeps(results: Results): Sweep[] {
  const budgets = inhibitedBudgets(results);
  const measured = (a: Attack): boolean => budgets.some((budget) => successAlone(a, budget) !== undefined);
  const plain = fgsm(results).filter(measured);
  const other = transfer(results).filter(measured);
  return kindsOf([...plain, ...other]).flatMap((kind) => {
    const own = runsOfKind([...plain, ...other], kind);
    // At tau = 0 the source of a transfer attack is the model itself: its first point is the plain attack.
    const starts =
      kind.variant === 'transfer'
        ? [...new Set(own.map((a) => a.model))].flatMap(
            (id) => attackOn(results, id, kind.objective, 0) ?? [],
          )
        : [];
    const runs = [...starts.filter(measured), ...own].sort((a, b) => a.tau - b.tau);
    return tausOf(runs).length > 1 ? [{ kind, runs }] : [];
  });
}

const WIDE = { panel: 290, gap: 28 };
/** Four in a row, on a page of 1000 pixels. */
const NARROW = { panel: 172, gap: 24 };

/**
 * Fig. 10 with what it takes to read it: success over tau, above the share of inputs that have no gradient
 * left.
 */
export const inhibition: Figure = {
  id: 'inhibition',
  title: 'Gradient inhibition: attack success, and gradients that are gone',
  section: 'inhibition',
  paper: { mnist: { number: '10a' }, cifar10: { number: '10b' } },
  howToRead: () =>
    'Top: success at exactly the epsilon that is named at the left, as the inhibition coefficient tau ' +
    'grows. Panels side by side attack the same models on the same images within the same epsilon and ' +
    'differ only in the gradient that the attacker follows; transfer starts at tau = 0 with the attack on ' +
    'the model itself. Where lines fall in one panel and not in another, the images that fool the model ' +
    'are still there, and only one attacker no longer finds them. Below, where there are any: the share of ' +
    'attacked inputs whose whole gradient is exactly zero, which this attack cannot move.',

  applies: (results) => sweeps(results).length > 0,

  shows: (results) =>
    inhibitedBudgets(results).flatMap((budget, row) =>
      // The gradient is that of the unchanged input, whatever epsilon is taken then: it is stated once.
      sweeps(results).flatMap((sweep) => sentence(results, sweep, budget, row === 0)),
    ),

  spec(results) {
    const all = sweeps(results);
    const budgets = inhibitedBudgets(results);
    const style = modelStyles(results);
    const { panel: width, gap } = all.length > 2 ? NARROW : WIDE;
    const ticks = tausOf(all.flatMap((s) => s.runs));
    const heads = panelHeads(
      all.map(({ kind }) => ({ title: kindName(kind), notes: [kindHint(kind)] })),
      width,
    );
    const [zeroHead] = panelHeads(
      [{ title: '', notes: ['Inputs with a gradient of exactly zero (%)'] }],
      width,
    );
    const columns = all.map((sweep, i): Panel => {
      const panel = (
        rate: (a: Attack) => Rate | null | undefined,
        rest: Pick<LinePanel, 'y' | 'height' | 'head'>,
      ) => ({
        points: sweep.runs.flatMap((a) => linePoint(style(a.model), a.tau, rate(a))),
        width,
        ...rest,
        labels: namedHere(
          all.map((s) => s.runs),
          i,
          all.length,
        ),
      });
      const x = (last: boolean) => ({ title: last ? 'Tau' : null, ticks, domain: extent(ticks) });
      const zeros = meaningfulZeros(sweep);
      const success = budgets.map((budget, row) =>
        linePanel({
          ...panel((a) => successAlone(a, budget), {
            y: {
              title: i === 0 ? ['Success (%)', `at epsilon ${short(budget)}`] : null,
              bold: budgets.length > 1,
              // A little over 100, so that its label does not push up the first heading alone.
              domain: [0, 104],
              labels: i === 0,
            },
            height: budgets.length > 1 ? 190 : 230,
            ...(row === 0 && heads[i] && { head: heads[i] }),
          }),
          x: x(!zeros && row === budgets.length - 1),
          ...(mayBeThePapers(sweep.kind) && {
            paper: {
              points: paperInhibition(results, budget).map((p) => ({ x: p.tau, y: 100 * p.success })),
              text: 'paper, uncompressed',
            },
          }),
        }),
      );
      const gone = linePanel({
        ...panel((a) => a.zeroGradientInputs, {
          y: { title: null, domain: [0, 100] },
          height: 140,
          head: { text: zeroHead?.subtitle ?? [], fontSize: 12, fontWeight: 500 },
        }),
        x: x(true),
      });
      return { vconcat: zeros ? [...success, gone] : success, spacing: 24 };
    });
    return { hconcat: columns, spacing: gap };
  },
};

/** Zeros explain a failure of the attack's own gradient, and only where there are any. */
const meaningfulZeros = ({ kind, runs }: Sweep): boolean =>
  kind.variant === '' && runs.some((a) => (a.zeroGradientInputs?.value ?? 0) > 0);

/**
 * What tau does to one attack: on the model that others are compared with, or on all where they are different
 * networks.
 */
function sentence(results: Results, sweep: Sweep, budget: number, withZeros: boolean): string[] {
  const families = familiesOf(results.models);
  const [family] = families;
  const models = family && families.length === 1 ? [family.base] : results.models;
  const ends = models.flatMap(({ id, label }) => {
    const own = sweep.runs.filter((a) => a.model === id && successAlone(a, budget));
    const [first, last] = [own[0], own.at(-1)];
    return first && last && first !== last ? [{ label, first, last }] : [];
  });
  const [only] = ends;
  if (!only) return [];
  const rates = (end: 'first' | 'last', of: (a: Attack) => Rate | null | undefined): string =>
    spanText(ends.flatMap((e) => of(e[end]) ?? []));
  const change = (of: (a: Attack) => Rate | null | undefined): string =>
    `from ${rates('first', of)} to ${rates('last', of)}`;
  const zeros =
    withZeros && meaningfulZeros(sweep)
      ? `, while inputs without any gradient go ${change((a) => a.zeroGradientInputs)}`
      : '';
  const { label, first, last } = only;
  return [
    `${kindName(sweep.kind)}, ${ends.length === 1 ? label : `all ${ends.length} models`}, ` +
      `${equals('ε', budget)}: success goes ${change((a) => successAlone(a, budget))} between ` +
      `${equals('τ', first.tau)} and ${short(last.tau)}${zeros}.`,
  ];
}
