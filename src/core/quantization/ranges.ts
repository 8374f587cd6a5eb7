/** What was seen of a value on the calibration images. */
export interface Distribution {
  readonly low: number;
  readonly high: number;
  /** Counts in bins of equal width from `low` to `high`; empty where only the extremes were wanted. */
  readonly histogram: Float64Array;
}

/** The values that 8 bits are spread over. */
export type Range = readonly [number, number];

/** How the range of a value is chosen from its distribution. */
export interface Calibration {
  readonly name: string;
  readonly help: string;
  readonly source: string;
  /** Whether it looks at more than the extremes. */
  readonly needsHistogram: boolean;
  /**
   * The range of values that are told apart; what lies outside is cut off.
   * @param percentile share of the values that lie inside, in percent, where the method asks for it
   */
  range(distribution: Distribution, percentile: number): Range;
}

/** Bins of a histogram, as ONNX Runtime and TensorRT count. */
export const BINS = 2048;

const minmax: Calibration = {
  name: 'minmax',
  help: 'smallest and largest value',
  source: "ONNX Runtime's default; Krishnamoorthi 2018, section 3.1",
  needsHistogram: false,
  range: ({ low, high }) => [low, high],
};

const percentile: Calibration = {
  name: 'percentile',
  help: 'without the outermost values of both sides',
  source: 'McKinstry et al. 2019, "Discovering low-precision networks close to full-precision"; ONNX Runtime',
  needsHistogram: true,
  range(distribution, share) {
    const { histogram } = distribution;
    const total = sum(histogram);
    const outside = (total * (1 - share / 100)) / 2;
    let [from, to] = [0, histogram.length];
    for (let cut = histogram[from] ?? 0; cut <= outside && from < to - 1; cut += histogram[from] ?? 0) from++;
    for (let cut = histogram[to - 1] ?? 0; cut <= outside && to > from + 1; cut += histogram[to - 1] ?? 0)
      to--;
    return [edge(distribution, from), edge(distribution, to)];
  },
};

/** Thresholds that are tried. */
const STEPS = 128;
const LEVELS = 255;

const mse: Calibration = {
  name: 'mse',
  help: 'the smallest mean squared error of the rounded values',
  source: 'Banner et al. 2019, "Post training 4-bit quantization", section 3',
  needsHistogram: true,
  range(distribution) {
    let best: { readonly error: number; readonly range: Range } | undefined;
    for (let step = STEPS; step > STEPS / 8; step--) {
      const range = narrowed(distribution, step / STEPS);
      const error = squaredError(distribution, range);
      if (!best || error < best.error) best = { error, range };
    }
    return best?.range ?? [distribution.low, distribution.high];
  },
};

/**
 * Largest share of the values that the entropy method cuts off. A single value that is very frequent (the
 * black of an image) would otherwise be the end of all ranges, as it fills its group alone.
 */
const MAX_CUT = 0.01;
/** Codes that a candidate distribution of the entropy method has. */
const ENTROPY_LEVELS = 128;

const entropy: Calibration = {
  name: 'entropy',
  help: 'the smallest divergence between the distributions of values before and after rounding',
  source: 'Migacz 2017, "8-bit inference with TensorRT"',
  needsHistogram: true,
  range(distribution) {
    const { low, high } = distribution;
    const limit = Math.max(Math.abs(low), Math.abs(high));
    const count = binsFor(sum(distribution.histogram));
    const magnitudes = magnitudesOf(distribution, limit, count);
    // A ReLU gives many zeros, which every range represents: they would outweigh all else.
    magnitudes[0] = magnitudes[1] ?? 0;
    let best = { divergence: Number.POSITIVE_INFINITY, bins: count };
    for (let bins = ENTROPY_LEVELS; bins <= count; bins += count / ENTROPY_LEVELS) {
      const divergence = divergenceOf(magnitudes, bins);
      if (divergence < best.divergence) best = { divergence, bins };
    }
    const threshold = (limit * best.bins) / count;
    return [Math.max(low, -threshold), Math.min(high, threshold)];
  },
};

/** Every calibration by name. A new one is one entry here. */
export const calibrations = { minmax, percentile, entropy, mse } as const satisfies Readonly<
  Record<string, Calibration>
>;

export type CalibrationName = keyof typeof calibrations;
export const calibrationNames = Object.keys(calibrations) as CalibrationName[];

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

const edge = ({ low, high, histogram }: Distribution, bin: number): number =>
  low + ((high - low) * bin) / histogram.length;

/** Both ends moved towards zero by the same factor; zero stays inside. */
const narrowed = ({ low, high }: Distribution, factor: number): Range => [
  Math.min(0, low) * factor,
  Math.max(0, high) * factor,
];

/** Of values in the middle of their bins: rounding inside the range, the distance to it outside. */
function squaredError(distribution: Distribution, [low, high]: Range): number {
  const { histogram } = distribution;
  const rounding = ((high - low) / LEVELS) ** 2 / 12;
  let error = 0;
  for (let bin = 0; bin < histogram.length; bin++) {
    const count = histogram[bin] ?? 0;
    if (count === 0) continue;
    const value = edge(distribution, bin + 0.5);
    const outside = value < low ? low - value : Math.max(0, value - high);
    error += count * (outside > 0 ? outside ** 2 : rounding);
  }
  return error;
}

/** Values for each bin on average, so that what is compared are not the gaps between a few values. */
const PER_BIN = 50;

/** Fewer bins for fewer values, 256 at least. */
function binsFor(values: number): number {
  let bins = BINS;
  while (bins > 2 * ENTROPY_LEVELS && values / bins < PER_BIN) bins /= 2;
  return bins;
}

/** How often magnitudes fall into bins from 0 to the limit. */
function magnitudesOf(distribution: Distribution, limit: number, count: number): Float64Array {
  const bins = new Float64Array(count);
  distribution.histogram.forEach((found, bin) => {
    const magnitude = Math.abs(edge(distribution, bin + 0.5));
    const at = Math.min(count - 1, Math.floor((magnitude / (limit || 1)) * count));
    bins[at] = (bins[at] ?? 0) + found;
  });
  return bins;
}

/**
 * Kullback-Leibler divergence of the first bins, what lies beyond added to the last of them, from the same
 * merged into 128 groups and spread again over the bins that were not empty.
 */
function divergenceOf(magnitudes: Float64Array, bins: number): number {
  const wanted = magnitudes.slice(0, bins);
  const beyond = sum(magnitudes.subarray(bins));
  const total = sum(wanted) + beyond;
  const inside = sum(wanted);
  if (beyond > MAX_CUT * total) return Number.POSITIVE_INFINITY;
  let divergence = 0;
  const width = bins / ENTROPY_LEVELS;
  for (let group = 0; group < ENTROPY_LEVELS; group++) {
    const [from, to] = [Math.floor(group * width), Math.floor((group + 1) * width)];
    const part = wanted.subarray(from, to);
    const filled = part.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
    if (filled === 0) continue;
    const spread = sum(part) / filled / inside;
    for (let bin = from; bin < to; bin++) {
      const count = (wanted[bin] ?? 0) + (bin === bins - 1 ? beyond : 0);
      if (count === 0) continue;
      const p = count / total;
      // A last bin that is empty but for what lies beyond has no code of its own.
      divergence += p * Math.log(p / ((wanted[bin] ?? 0) > 0 ? spread : 1e-9));
    }
  }
  return divergence;
}
