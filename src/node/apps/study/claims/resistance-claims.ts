import { TOLERANCE } from '../../../../core/evaluation/evaluation-rule.js';
import type { AttackName } from '../comparisons.js';
import type { Results } from '../study-schema.js';
import {
  attackOn,
  type ClaimRule,
  fgsmWith,
  hashNets,
  type Measured,
  type Model,
  notMeasured,
  ONE_TRAINING,
  percent,
  STABLE,
  singleShotOn,
  uncompressed,
} from './claim-rule.js';
import { comparePoints, risesWithBudget } from './curve-claims.js';

/** Every HashNet beside the uncompressed model. */
function withBase(results: Results): (readonly [Model, Model])[] {
  const base = uncompressed(results);
  return base ? hashNets(results).map((m) => [m, base] as const) : [];
}

/** Every HashNet beside the next less compressed one. */
function neighbours(results: Results): (readonly [Model, Model])[] {
  const nets = hashNets(results);
  return nets.flatMap((m, i) => {
    const before = nets[i - 1];
    return before ? [[m, before] as const] : [];
  });
}

export const risesWithEpsilon: ClaimRule = {
  id: 'success-rises-with-epsilon',
  figure: '4',
  statement: 'HFGSM success rises with epsilon',
  paper: 'monotone for all five models',
  judge: (results) => risesWithBudget(results, fgsmWith(STABLE)),
};

export const compressedIsLower: ClaimRule = {
  id: 'hashnets-resist-better',
  figure: '4',
  statement: 'At each epsilon every HashNet is fooled less often than the uncompressed model',
  paper: 'lower at every epsilon',
  judge: (results) => comparePoints(results, fgsmWith(STABLE), withBase(results)),
};

export const moreCompressedIsLower: ClaimRule = {
  id: 'more-compression-resists-better',
  figure: '4',
  statement: 'The higher the compression of a HashNet, the lower the success rate at each epsilon',
  paper: 'lower at every epsilon and rate',
  judge: (results) => comparePoints(results, fgsmWith(STABLE), neighbours(results)),
};

/** "<= 30 % success rate reduction at any perturbation amplitude" (section V). */
const MAX_REDUCTION = 0.3;

export const reductionIsLimited: ClaimRule = {
  id: 'reduction-is-limited',
  figure: '4',
  statement: 'What compression takes from the success rate is limited',
  paper: 'at most 30 % at any epsilon',
  judge(results) {
    const base = attackOn(results, uncompressed(results)?.id ?? '', fgsmWith(STABLE));
    const reductions = hashNets(results).flatMap((m) =>
      (attackOn(results, m.id, fgsmWith(STABLE))?.points ?? []).flatMap(({ budget, success }) => {
        const own = base?.points.find((p) => p.budget === budget)?.success.value;
        if (own == null || success.value === null) return [];
        return [{ label: m.label, budget, points: own - success.value }];
      }),
    );
    const [largest] = [...reductions].sort((a, b) => b.points - a.points);
    if (!largest) return notMeasured('needs the uncompressed model and a HashNet');
    return {
      ours:
        `${STABLE}: largest reduction ${(100 * largest.points).toFixed(1)} percentage points ` +
        `(${largest.label} at epsilon ${largest.budget})`,
      verdict: largest.points <= MAX_REDUCTION + TOLERANCE ? 'reproduced' : 'not reproduced',
      note:
        `over ${reductions.length} points; reproduced when none exceeds ${percent(MAX_REDUCTION, 0)}, ` +
        `also when there is no reduction at all. ${ONE_TRAINING}`,
    };
  },
};

/**
 * Eq. 7 is judged on the softmax outputs, as Eq. 8 names them F; the result for the logits is stated beside
 * it.
 */
function onBothOutputs(judge: (name: AttackName) => Measured): Measured {
  const [paper, logits] = [judge(singleShotOn('probabilities')), judge(singleShotOn('logits'))];
  if (paper.verdict === 'not measured') return paper;
  return {
    ...paper,
    ours: `${paper.ours}. ${logits.ours}`,
    note:
      `${paper.note.replace(/\.?$/, '.')} Judged on the saliency of the softmax outputs; on that of ` +
      `the logits it is: ${logits.verdict}. One saliency map, target the runner-up`,
  };
}

export const risesWithElements: ClaimRule = {
  id: 'success-rises-with-elements',
  figure: '5',
  statement: 'HJSMA success rises with the number of perturbed elements',
  paper: 'as for HFGSM',
  judge: (results) => onBothOutputs((name) => risesWithBudget(results, name)),
};

export const compressedIsLowerSaliency: ClaimRule = {
  id: 'hashnets-resist-hjsma-better',
  figure: '5',
  statement:
    'At each number of elements every HashNet is fooled by HJSMA less often than the uncompressed model',
  paper: 'the same trend as for HFGSM',
  judge: (results) => onBothOutputs((name) => comparePoints(results, name, withBase(results))),
};

export const moreCompressedIsLowerSaliency: ClaimRule = {
  id: 'more-compression-resists-hjsma-better',
  figure: '5',
  statement:
    'The higher the compression of a HashNet, the lower the success of HJSMA at each number of elements',
  paper: 'lower at each selected number of elements',
  judge: (results) => onBothOutputs((name) => comparePoints(results, name, neighbours(results))),
};
