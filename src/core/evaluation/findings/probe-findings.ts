import { quantile, rate } from '../../base/statistics.js';
import { prose } from '../../base/text/index.js';
import type { SuiteNeeds } from '../attack-suite.js';
import type { Probes } from '../probes/index.js';
import { difference, fooled, isFar, isNotable, pairTrials, shareText } from './compare-trials.js';
import { comparedTrials, type FindingKind, type Observation, observed } from './finding.js';

/**
 * Cosine of gradients at neighbouring points below which they have little in common. Networks of the bench,
 * adversarially trained and quantized ones among them, have medians of 0.88 and more up to a distance of
 * 0.01.
 */
const MIN_COSINE = 0.5;
/** Distances in Linf that no attack cares about. */
const MAX_NEIGHBOUR = 0.01 * (1 + 1e-9);
/**
 * Factors between the distance that gradients predict and the one at which a decision-based attack fools. On
 * the networks of the bench medians lie between 0.05 and 1.3.
 */
const [MIN_FACTOR, MAX_FACTOR] = [0.008, 6];
/** Inputs for which a factor is known, at least. */
const MIN_INPUTS = 4;
/**
 * Share of points whose answer rounding alone changes: a third at most on quantized networks of the bench,
 * where both steps fall on the same side of a quantizer by chance.
 */
const MIN_ODD = 0.5;

const median = (values: readonly number[]): number => quantile(Float64Array.from(values).sort(), 0.5);

/** The smallest median cosine at distances that no attack cares about; undefined where none is known. */
function roughest({
  gradient,
}: Probes): { distance: number; cosine: number; below: number; of: number } | undefined {
  const all = (gradient?.distances ?? []).flatMap((distance, d) => {
    const known = (gradient?.cosines[d] ?? []).filter((value) => value !== null);
    if (distance > MAX_NEIGHBOUR || known.length < MIN_INPUTS) return [];
    const below = known.filter((value) => value < MIN_COSINE).length;
    return [{ distance, cosine: median(known), below, of: known.length }];
  });
  return all.sort((a, b) => a.cosine - b.cosine)[0];
}

/** Whether gradients at neighbouring points have little in common. */
export const isShattered = (probes: Probes): boolean => (roughest(probes)?.cosine ?? 1) < MIN_COSINE;

/** The grid on which most points have another answer; undefined where there are not many on any. */
export const oddGrid = ({ grids }: Probes): Probes['grids'][number] | undefined =>
  grids
    .filter(({ odd, points }) => points > 0 && odd / points >= MIN_ODD)
    .sort((a, b) => b.odd / b.points - a.odd / a.points)[0];

/** What probes mean for the attacks that are made. */
export const needsOf = (probes: Probes): SuiteNeeds => ({
  shattered: isShattered(probes),
  grid: oddGrid(probes) !== undefined,
});

/** For each input by how much the predicted distance is larger than the one at which the model is fooled. */
function factorsOf({ gradient, boundary }: Probes): number[] {
  return (gradient?.predicted ?? []).flatMap((predicted, n) => {
    const real = boundary[n] ?? null;
    return predicted === null || real === null || real <= 0 ? [] : [predicted / real];
  });
}

export const shatteredGradient: FindingKind = {
  id: 'shattered-gradient',
  title: 'Gradients at neighbouring points have little in common',
  explains:
    'An attack follows the gradient over distances of a thousandth and more. Where the gradient turns over ' +
    'shorter ones, it says nothing about where the boundary lies: it is shattered, and attacks that follow ' +
    'it fail though the adversarial inputs are there.',
  source:
    'Athalye, Carlini and Wagner 2018, section 3 (shattered gradients); Balduzzi et al. 2017, "The ' +
    'Shattered Gradients Problem"',
  next:
    'Judge the model by attacks on averaged gradients, by those without gradients and by a substitute; ' +
    'find the operation that shatters the gradient, and attack through a smooth replacement of it (BPDA).',
  look({ probes }) {
    const found = probes && roughest(probes);
    if (!found || found.cosine >= MIN_COSINE) return [];
    const below = rate(found.below, found.of);
    const text =
      `Gradients at points that are ${prose.short(found.distance)} apart have a cosine of ` +
      `${prose.short(found.cosine)} in the median, and below ${MIN_COSINE} for ${shareText(below)} of the ` +
      'probed inputs.';
    return [observed('unreliable', text, { label: `cosine below ${MIN_COSINE}`, rate: below })];
  },
};

export const otherDistance: FindingKind = {
  id: 'gradient-predicts-another-distance',
  title: 'The gradient predicts another distance to the boundary',
  explains:
    'Margin over the size of its gradient is the distance at which a linear model would be fooled. ' +
    'Networks are not linear, but where the model is really fooled many times nearer or farther, the ' +
    'gradient describes something else than the decision: a small slope beside a decision without one, or ' +
    'a wave on top of it. Attacks that follow it are led astray.',
  source:
    'Hein and Andriushchenko 2017; Weng et al. 2018, "CLEVER" (margin over gradient); Goodfellow 2018, ' +
    '"Gradient Masking Causes CLEVER to Overestimate Adversarial Perturbation Size"',
  next: 'Rely on decision-based attacks, on a substitute and on transfers, not on this gradient.',
  look({ probes }) {
    const factors = probes ? factorsOf(probes) : [];
    if (!probes || factors.length < MIN_INPUTS) return [];
    const middle = median(factors);
    if (middle <= MAX_FACTOR && middle >= MIN_FACTOR) return [];
    const predicted = median((probes.gradient?.predicted ?? []).filter((value) => value !== null));
    const real = median(probes.boundary.filter((value) => value !== null));
    const off = factors.filter((factor) => factor > MAX_FACTOR || factor < MIN_FACTOR).length;
    const share = rate(off, factors.length);
    const text =
      `The gradient predicts the boundary at ${prose.short(predicted)} (median), a decision-based attack ` +
      `fools at ${prose.short(real)}; far from each other for ${shareText(share)} of the probed inputs.`;
    return [observed('unreliable', text, { label: 'inputs with another distance', rate: share })];
  },
};

function changedByRounding({ values, odd, points }: Probes['grids'][number]): Observation {
  const changed = rate(odd, points);
  const text =
    `Rounding to ${values.steps} steps changes the answer for ${shareText(changed)} of the probed points ` +
    'far more than an equally long step elsewhere.';
  return observed('unreliable', text, { label: 'changed by rounding alone', rate: changed });
}

export const gridDependence: FindingKind = {
  id: 'grid-dependence',
  title: 'Answers depend on values being those of a file',
  explains:
    'Images in files have 256 values for each element, attacks compute with any. A model that answers ' +
    'otherwise on the one than on the other is two models, and an attack on one says little about the ' +
    'other. Here every candidate is judged as it is and rounded, and an input counts as lost in either form.',
  source: 'Carlini et al. 2019, section 4 (state the threat model); Guo et al. 2018 (input transformations)',
  next: 'Say which values the deployed model gets, and attack it with those; find out why it looks at them.',
  look(evidence) {
    const { probes, trials } = evidence;
    const odd = probes && oddGrid(probes);
    const probed = odd ? [changedByRounding(odd)] : [];
    const compared = trials.flatMap((rounded): { seen: Observation; by: number }[] => {
      const exact = trials.find(
        (trial) =>
          !trial.rounded &&
          trial.attack === rounded.attack &&
          trial.objective === rounded.objective &&
          trial.role === rounded.role &&
          `${trial.id}, rounded` === rounded.id,
      );
      if (!rounded.rounded || !exact) return [];
      const stronger = pairTrials(evidence, rounded, exact);
      if (!isNotable(stronger)) return [];
      const text =
        `${rounded.id} fools ${shareText(fooled(evidence, rounded))}, with exact values only ` +
        `${shareText(fooled(evidence, exact))}.`;
      const severity = isFar(stronger) ? 'masking' : 'unreliable';
      const seen = comparedTrials(severity, text, [rounded, exact], stronger);
      return [{ seen, by: difference(stronger) }];
    });
    const [widest] = compared.sort((a, b) => b.by - a.by);
    return [...(widest ? [widest.seen] : []), ...probed];
  },
};
