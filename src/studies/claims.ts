import type { Results } from './results.js';

type Claim = Results['claims'][number];
type Verdict = Claim['verdict'];
type Measured = Pick<Claim, 'ours' | 'verdict' | 'note'>;

/** One statement of the paper and how the results decide on it. */
interface ClaimRule {
  readonly id: string;
  readonly figure: string;
  readonly statement: string;
  readonly paper: string;
  judge(results: Results): Measured;
}

const UNCOMPRESSED = 'uncompressed';
const percent = (value: number | null | undefined, digits = 1): string =>
  value === null || value === undefined ? 'not measured' : `${(100 * value).toFixed(digits)} %`;
const notMeasured = (note: string): Measured => ({ ours: 'not measured', verdict: 'not measured', note });
const verdictOf = (good: number, all: number): Verdict =>
  good === all ? 'reproduced' : good > all / 2 ? 'partly' : 'not reproduced';

const hashed = (results: Results) => results.models.filter((m) => m.id !== UNCOMPRESSED);
const attackOf = (results: Results, model: string, objective: string, tau = 0) =>
  results.attacks.find((a) => a.model === model && a.objective === objective && a.tau === tau && a.attack === 'fgsm');
const successAt = (results: Results, model: string, objective: string, budget: number, tau = 0) =>
  attackOf(results, model, objective, tau)?.points.find((p) => p.budget === budget)?.success;

const accuracyStays: ClaimRule = {
  id: 'accuracy',
  figure: '3',
  statement: 'Hash compression costs hardly any accuracy',
  paper: '99.29 % uncompressed, 99.25 % at 1/8, 99.13 % at 1/64',
  judge(results) {
    const base = results.models.find((m) => m.id === UNCOMPRESSED)?.cleanAccuracy.value;
    const others = hashed(results);
    if (base === undefined || base === null || others.length === 0) return notMeasured('needs the uncompressed model');
    // The paper's largest drop is 0.16 points; half a point is still "hardly any".
    const near = others.filter((m) => base - (m.cleanAccuracy.value ?? 0) <= 0.005);
    const ours = results.models
      .map(
        (m) =>
          `${m.label} ${percent(m.cleanAccuracy.value, 2)} (${percent(m.cleanAccuracy.low, 2)} to ${percent(m.cleanAccuracy.high, 2)})`,
      )
      .join('; ');
    return {
      ours,
      verdict: verdictOf(near.length, others.length),
      note: `holds when every HashNet is within 0.5 points of the uncompressed model; ${near.length} of ${others.length} are. Training budget: ${results.dataset.train} images.`,
    };
  },
};

/** Every (HashNet, epsilon) of Fig. 4 against a reference; differences smaller than both intervals are ties. */
function comparePoints(results: Results, reference: (i: number) => string | undefined): Measured {
  const models = hashed(results);
  let [lower, higher, total] = [0, 0, 0];
  models.forEach((model, i) => {
    const base = reference(i);
    const points = attackOf(results, model.id, 'cross-entropy')?.points ?? [];
    for (const point of base === undefined ? [] : points) {
      const other = successAt(results, base!, 'cross-entropy', point.budget);
      if (!other || point.success.value === null || other.value === null) continue;
      total += 1;
      if (point.success.high! < other.low!) lower += 1;
      if (point.success.low! > other.high!) higher += 1;
    }
  });
  if (total === 0) return notMeasured('needs at least two models');
  return {
    ours: `clearly lower at ${lower} of ${total} points, clearly higher at ${higher}, within the intervals at ${total - lower - higher}`,
    verdict: verdictOf(lower, total),
    note: 'a point counts as lower when the two 95 % intervals do not overlap; stable cross-entropy',
  };
}

const risesWithEpsilon: ClaimRule = {
  id: 'success-rises-with-epsilon',
  figure: '4',
  statement: 'HFGSM success rises with epsilon',
  paper: 'monotone for all five models',
  judge(results) {
    const curves = results.attacks.filter((a) => a.tau === 0 && a.objective === 'cross-entropy');
    if (curves.length === 0) return notMeasured('no attack was run');
    const rising = curves.filter((c) =>
      c.points.every((p, i) => i === 0 || p.successAtBudget.value! >= c.points[i - 1]!.successAtBudget.value!),
    );
    const ends = curves.map(
      (c) =>
        `${c.model}: ${percent(c.points[0]?.successAtBudget.value)} to ${percent(c.points.at(-1)?.successAtBudget.value)}`,
    );
    return {
      ours: ends.join('; '),
      verdict: verdictOf(rising.length, curves.length),
      note: 'judged on each epsilon alone: with the stopping rule of Algorithm 1 the rate cannot fall',
    };
  },
};

const compressedIsLower: ClaimRule = {
  id: 'hashnets-resist-better',
  figure: '4',
  statement: 'At each epsilon every HashNet is fooled less often than the uncompressed model',
  paper: 'lower at every epsilon',
  judge: (results) => comparePoints(results, () => UNCOMPRESSED),
};

const moreCompressedIsLower: ClaimRule = {
  id: 'more-compression-resists-better',
  figure: '4',
  statement: 'The higher the compression, the lower the success rate at each epsilon',
  paper: 'lower at every epsilon and rate',
  judge: (results) =>
    comparePoints(results, (i) => results.models.filter((m) => m.id !== UNCOMPRESSED)[i - 1]?.id ?? UNCOMPRESSED),
};

/** Width of the central 99.8 % of the weights: the range that a histogram shows, without single outliers. */
const spread = (results: Results, model: string): number | undefined => {
  const all = results.weights.find((w) => w.model === model && w.layer === 'all');
  const [low, high] = [all?.quantiles['0.001'], all?.quantiles['0.999']];
  return low === undefined || high === undefined ? undefined : high - low;
};

const weightsWiden: ClaimRule = {
  id: 'weight-range',
  figure: '6',
  statement: 'Compression widens the range of the weights, about fourfold at 1/64',
  paper: 'about 2x at 1/16 and 4x at 1/64 (from +-0.1 to +-0.4)',
  judge(results) {
    const base = spread(results, UNCOMPRESSED);
    const widths = hashed(results).map((m) => ({
      label: m.label,
      ratio: (spread(results, m.id) ?? Number.NaN) / (base ?? Number.NaN),
    }));
    if (base === undefined || widths.length === 0) return notMeasured('needs the uncompressed model');
    const top = widths.at(-1)!;
    const wider = widths.every((w) => w.ratio > 1);
    return {
      ours: widths.map((w) => `${w.label} ${w.ratio.toFixed(2)}x`).join('; '),
      verdict: wider && top.ratio > 2.5 && top.ratio < 6 ? 'reproduced' : wider ? 'partly' : 'not reproduced',
      note: 'range of the central 99.8 % of all effective weights, relative to the uncompressed model; reproduced means 2.5x to 6x at the highest compression',
    };
  },
};

const gradientsOf = (results: Results, model: string, tau: number) =>
  results.gradients.find((g) => g.model === model && g.tau === tau && g.objective === 'cross-entropy');

/** Share of the attacked inputs whose mean absolute gradient lies between two powers of ten. */
function shareBetween(results: Results, model: string, low: number, high: number): number | undefined {
  const found = gradientsOf(results, model, 0);
  if (!found) return undefined;
  const inside = found.histogram.counts.filter(
    (_, i) => found.histogram.edges[i]! >= low && found.histogram.edges[i + 1]! <= high,
  );
  return inside.reduce((a, b) => a + b, 0) / found.images;
}

const gradientsShrink: ClaimRule = {
  id: 'gradients-shrink',
  figure: '7',
  statement: 'Compression makes gradients small',
  paper: 'share in 1e-10 ... 1 falls from 68 % to 19 % (1/64); share in 1e-25 ... 1e-15 rises from 1 % to 32 %',
  judge(results) {
    const most = hashed(results).at(-1);
    const [large, small] = [UNCOMPRESSED, most?.id ?? '']
      .map((id) => [shareBetween(results, id, -10, 1), shareBetween(results, id, -25, -15)])
      .reduce<[(number | undefined)[], (number | undefined)[]]>(
        (acc, [a, b]) => [
          [...acc[0], a],
          [...acc[1], b],
        ],
        [[], []],
      );
    if (!most || large.some((v) => v === undefined)) return notMeasured('needs the uncompressed model and a HashNet');
    const falls = large[1]! < large[0]! - 0.05;
    const rises = small[1]! > small[0]! + 0.05;
    return {
      ours: `1e-10 ... 1: ${percent(large[0])} to ${percent(large[1])}; 1e-25 ... 1e-15: ${percent(small[0])} to ${percent(small[1])} (${most.label})`,
      verdict: falls && rises ? 'reproduced' : falls || rises ? 'partly' : 'not reproduced',
      note: 'mean absolute gradient of each input. The share tells how saturated the softmax is, which depends on how long a model was trained.',
    };
  },
};

const inhibitionBeatsCompression: ClaimRule = {
  id: 'inhibition-shrinks-gradients',
  figure: '9',
  statement: 'At tau = 0.01 the gradients of the inhibited uncompressed model are already below those of HashNet 1/64',
  paper: 'much lower',
  judge(results) {
    const inhibited = gradientsOf(results, UNCOMPRESSED, 0.01);
    const most = hashed(results).at(-1);
    const compressed = most && gradientsOf(results, most.id, 0);
    if (!inhibited || !compressed) return notMeasured('needs tau = 0.01 and a HashNet');
    const median = (g: typeof inhibited) => (g.zeros > g.images / 2 ? 0 : (g.quantiles['0.5'] ?? 0));
    const [a, b] = [median(inhibited), median(compressed)];
    return {
      ours: `median ${a.toExponential(1)} against ${b.toExponential(1)} (${most.label}, tau 0)`,
      verdict: a < b ? 'reproduced' : 'not reproduced',
      note: 'medians of the mean absolute gradient of each input',
    };
  },
};

const inhibitionProtects = (objective: string): ClaimRule => ({
  id: `inhibition-${objective}`,
  figure: '10a',
  statement: `Gradient inhibition stops HFGSM at epsilon 0.5 (${objective})`,
  paper: 'average 87.99 % to 4.77 % at tau = 0.1; uncompressed 95.81 % to 1.24 %; every model below 10 %',
  judge(results) {
    const rows = results.models.flatMap((m) => {
      const [before, after] = [attackOf(results, m.id, objective), attackOf(results, m.id, objective, 0.1)];
      const last = after?.points.at(-1)?.success;
      const first = before?.points.at(-1)?.success;
      return first && last && after ? [{ label: m.label, first, last, zeros: after.zeroGradientInputs }] : [];
    });
    if (rows.length === 0) return notMeasured('needs tau = 0.1');
    const mean = (pick: (r: (typeof rows)[number]) => number | null) =>
      rows.reduce((s, r) => s + (pick(r) ?? 0), 0) / rows.length;
    const stopped = rows.filter((r) => (r.last.high ?? 1) < 0.1).length;
    const zeros = mean((r) => r.zeros.value);
    return {
      ours: `average ${percent(mean((r) => r.first.value))} to ${percent(mean((r) => r.last.value))}; ${rows.map((r) => `${r.label} ${percent(r.last.value)} (${percent(r.last.low)} to ${percent(r.last.high)})`).join('; ')}`,
      verdict: verdictOf(stopped, rows.length),
      note: `at tau = 0.1 the gradient is exactly zero for ${percent(zeros)} of the inputs: where it is, this attack cannot move, whatever the model would do`,
    };
  },
});

/** Every claim of the MNIST study. A new one is one entry here. */
const rules: readonly ClaimRule[] = [
  accuracyStays,
  risesWithEpsilon,
  compressedIsLower,
  moreCompressedIsLower,
  weightsWiden,
  gradientsShrink,
  inhibitionBeatsCompression,
  inhibitionProtects('cross-entropy'),
  inhibitionProtects('cross-entropy-clipped'),
];

/** The paper's claims, each with its number, ours and a verdict. */
export const judgeClaims = (results: Results): Results['claims'] =>
  rules.map(({ judge, ...rule }) => ({ ...rule, ...judge(results) }));
