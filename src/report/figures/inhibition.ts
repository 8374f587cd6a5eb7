import type { AttackName } from '../../studies/comparisons.js';
import type { Results } from '../../studies/results.js';
import { equals, NOT_MEASURED, rateText, short } from '../format.js';
import { paperInhibition } from '../paper.js';
import {
  type Attack,
  attackOn,
  baseline,
  fgsm,
  kindsOf,
  largestBudget,
  mayBeThePapers,
  runsOfKind,
  successAlone,
  tausOf,
  transfer,
} from '../select.js';
import { modelStyles } from '../theme.js';
import { kindHint, kindName } from '../wording.js';
import type { Figure, Panel } from './figure.js';
import { panelHeads } from './heads.js';
import { linePanel } from './lines.js';
import { linePoint, namedHere } from './success-curves.js';

interface Sweep {
  readonly kind: AttackName;
  /** At the largest epsilon, at two values of tau or more, by rising tau. */
  readonly runs: readonly Attack[];
}

function sweeps(results: Results): Sweep[] {
  const budget = largestBudget(results);
  if (budget === undefined) return [];
  const measured = (a: Attack): boolean => successAlone(a, budget) !== undefined;
  const plain = fgsm(results).filter(measured);
  const other = transfer(results).filter(measured);
  return kindsOf([...plain, ...other]).flatMap((kind) => {
    const own = runsOfKind([...plain, ...other], kind);
    // At tau = 0 the source of a transfer attack is the model itself: its first point is the plain attack.
    const starts =
      kind.variant === 'transfer'
        ? [...new Set(own.map((a) => a.model))].flatMap((id) => attackOn(results, id, kind.objective, 0) ?? [])
        : [];
    const runs = [...starts.filter(measured), ...own].sort((a, b) => a.tau - b.tau);
    return tausOf(runs).length > 1 ? [{ kind, runs }] : [];
  });
}

const WIDE = { panel: 290, gap: 28 };
/** Four in a row, on a page of 1000 pixels. */
const NARROW = { panel: 172, gap: 24 };

/** Fig. 10a with what it takes to read it: success over tau, above the share of inputs that have no gradient left. */
export const inhibition: Figure = {
  id: 'figure-10a-inhibition',
  title: 'Gradient inhibition: attack success, and gradients that are gone',
  section: 'inhibition',
  paper: '10a',
  howToRead:
    'Top: success at exactly the largest epsilon as the inhibition coefficient tau grows. Panels side by side attack the same models ' +
    'on the same images within the same epsilon and differ only in the gradient that the attacker follows; transfer starts at ' +
    'tau = 0 with the attack on the model itself. Where lines fall in one panel and not in another, the images that fool the ' +
    'model are still there, and only one attacker has lost sight of them. Below, where there are any: the share of ' +
    'attacked inputs whose whole gradient is exactly zero, which this attack cannot move at all.',

  applies: (results) => sweeps(results).length > 0,

  shows(results) {
    const budget = largestBudget(results);
    const base = baseline(results);
    if (budget === undefined || !base) return [];
    return sweeps(results).flatMap((sweep) => {
      const own = sweep.runs.filter((a) => a.model === base.id);
      const [first, last] = [own[0], own.at(-1)];
      if (!first || !last || first === last) return [];
      const text = (rate: Attack['zeroGradientInputs'] | undefined) => (rate ? rateText(rate) : NOT_MEASURED);
      const zeros = meaningfulZeros(sweep)
        ? `, while inputs without any gradient go from ${text(first.zeroGradientInputs)} to ${text(last.zeroGradientInputs)}`
        : '';
      return [
        `${kindName(sweep.kind)}, ${base.label}, ${equals('ε', budget)}: success goes from ${text(successAlone(first, budget))} to ` +
          `${text(successAlone(last, budget))} between ${equals('τ', first.tau)} and ${short(last.tau)}${zeros}.`,
      ];
    });
  },

  spec(results) {
    const all = sweeps(results);
    const budget = largestBudget(results)!;
    const style = modelStyles(results);
    const { panel: width, gap } = all.length > 2 ? NARROW : WIDE;
    const ticks = tausOf(all.flatMap((s) => s.runs));
    const heads = panelHeads(
      all.map(({ kind }) => ({ title: kindName(kind), notes: [kindHint(kind)] })),
      width,
    );
    const [zeroHead] = panelHeads([{ title: '', notes: ['Inputs with a gradient of exactly zero (%)'] }], width);
    const columns = all.map((sweep, i): Panel => {
      const named = namedHere(
        all.map((s) => s.runs),
        i,
        all.length,
      );
      const zeros = meaningfulZeros(sweep);
      const top = linePanel({
        points: sweep.runs.flatMap((a) => linePoint(style(a.model), a.tau, successAlone(a, budget))),
        x: { title: zeros ? null : 'Tau', ticks },
        y: {
          title: i === 0 ? [`Success (%)`, `at epsilon ${short(budget)}`] : null,
          // A little over 100, so that its label does not push up the first heading alone.
          domain: [0, 104],
          labels: i === 0,
        },
        width,
        height: 230,
        head: heads[i]!,
        labels: named,
        ...(mayBeThePapers(sweep.kind) && {
          paper: {
            points: paperInhibition(results, budget).map((p) => ({ x: p.tau, y: 100 * p.success })),
            text: 'paper, uncompressed',
          },
        }),
      });
      const bottom = linePanel({
        points: sweep.runs.flatMap((a) => linePoint(style(a.model), a.tau, a.zeroGradientInputs)),
        x: { title: 'Tau', ticks },
        y: { title: null, domain: [0, 100] },
        width,
        height: 140,
        head: { text: zeroHead!.subtitle, fontSize: 12, fontWeight: 500 },
        labels: named,
      });
      return { vconcat: zeros ? [top, bottom] : [top], spacing: 24 };
    });
    return { hconcat: columns, spacing: gap };
  },
};

/** Zeros explain a failure of the attack's own gradient, and only where there are any. */
const meaningfulZeros = ({ kind, runs }: Sweep): boolean =>
  kind.variant === '' && runs.some((a) => (a.zeroGradientInputs?.value ?? 0) > 0);
