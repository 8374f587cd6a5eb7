export function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** A scale needs two ends, also when a sweep has a single budget. */
export function spread([low, high]: readonly [number, number]): [number, number] {
  return low < high ? [low, high] : [low - 0.05, high + 0.05];
}

/**
 * Axis range around values in percent: some margin, never less than `minimum` wide, so that noise does not
 * look like a trend.
 */
export function paddedRange(values: readonly number[], minimum: number): [number, number] {
  const [low, high] = extent(values);
  const missing = Math.max(0, minimum - (high - low)) / 2;
  const margin = 0.08 * Math.max(minimum, high - low);
  const bottom = Math.max(0, low - missing - margin);
  const top = Math.min(100, high + missing + margin);
  return [Math.min(bottom, Math.max(0, top - minimum)), top];
}

const logSteps = (exponent: number): number[] => [1, 2, 5].map((step) => Number(`${step}e${exponent}`));

/** 1, 2, 5, 10 ... inside a range of positive numbers. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, i) => first + i);
  return decades.flatMap(logSteps).filter((tick) => tick >= low && tick <= high);
}

/** The smallest range with ends at 1, 2 or 5 times a power of ten that holds these positive numbers. */
export function logRange(values: readonly number[]): [number, number] {
  const [low, high] = extent(values);
  const steps = [low, high].flatMap((v) =>
    [-1, 0, 1].flatMap((d) => logSteps(Math.floor(Math.log10(v)) + d)),
  );
  return [Math.max(...steps.filter((s) => s <= low)), Math.min(...steps.filter((s) => s >= high && s > low))];
}
