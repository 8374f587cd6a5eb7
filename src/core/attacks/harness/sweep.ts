import { stream } from '../../base/random.js';
import { rate } from '../../base/statistics.js';
import { NO_CLASS } from '../../tensor/floats.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import { resolveParameters } from '../attack-parameters.js';
import { GradientTotals } from '../search/gradient-summary.js';
import { predictionChanges } from '../threat-model.js';
import { changedRows, confine, reachOf } from './confine.js';
import { BatchGoal } from './goal.js';
import { perturbationSizes } from './norms.js';
import { Path } from './path.js';
import { pickRows } from './rows.js';
import { checkCandidates, checkOptions } from './sweep-checks.js';
import type { SweepOptions, SweepResult } from './sweep-types.js';
import { Tally } from './tally.js';
import { Watched } from './target.js';
import { onGrid } from './value-grid.js';

type Floats = Tensor<'float32'>;

/**
 * Success over a set of budgets in one go: the harness of every attack and the paper's Algorithm 1.
 *
 * For each batch the attack prepares once. For each budget its candidates are projected into the norm ball
 * and the bounds (and rounded, if that is asked for), the model is run again, and the criterion says what
 * counts. The attack works on a copy of the images and has no say in the predictions before it, so all it can
 * influence are its candidates. An input that comes back unchanged, bit for bit, keeps its prediction without
 * another run. `O(X)` is the model's own prediction, so inputs that were wrong from the start are attacked
 * too; `robustAccuracy` never counts those as robust.
 *
 * @throws ToolkitError `bad-value` for budgets out of order or parameters out of range, `data-mismatch` for
 *   images out of bounds or missing labels
 */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { attack, classifier, images, budgets, labels, signal } = options;
  checkOptions(options);
  // A transfer from the attacked model itself is none.
  const source = options.source === classifier ? undefined : options.source;
  const count = images.dims[0]!;
  const { criterion = predictionChanges, bounds = classifier.bounds } = options;
  const given = Int32Array.from(labels as ArrayLike<number>, Number);
  const state = new Tally(count, budgets.length);
  const gradients = new GradientTotals(count);
  const parameters = resolveParameters(attack, options.parameters);
  let stuck: number | undefined;
  let silent: number | undefined;
  const byOther = new Set<number>();
  const adversarial = options.keepAdversarial ? new Float32Array(images.data.length) : undefined;
  const width = images.data.length / Math.max(1, count);
  for (let start = 0; start < count; start += classifier.batchSize) {
    signal?.throwIfAborted();
    const end = Math.min(count, start + classifier.batchSize);
    const batch = rows(images, start, end);
    const ball = { norm: attack.norm, size: budgets.at(-1) ?? 0, bounds };
    const path = options.watchPath ? new Path(batch, ball) : undefined;
    const goal = new BatchGoal(criterion, batch, (options.firstInput ?? 0) + start);
    const target = new Watched({
      attacked: classifier,
      originals: batch,
      source,
      bounds,
      rounding: options.rounding,
      ...(options.grid?.seen && { grid: options.grid.values }),
      path,
      goal,
    });
    const own = criterion.leaves === 'label' ? given.slice(start, end) : undefined;
    // An attack on the model itself sees the predictions, and needs no query to be told.
    // What has no class is not attacked, and needs any.
    const leave =
      own ?? (source && (await target.cleanPredictions()).map((prediction) => Math.max(0, prediction)));
    const prepared = await attack.prepare({
      target,
      images: { ...batch, data: batch.data.slice() },
      objective: options.objective,
      parameters,
      ...(leave && { labels: leave }),
      transfer: source !== undefined,
      goal,
      random: (row) =>
        stream(options.seed ?? 1, 'attack', attack.name, (options.firstInput ?? 0) + start + row),
      ...(signal && { signal }),
    });
    const clean = await target.cleanPredictions();
    const nowhere = [...clean.keys()].filter((row) => clean[row] === NO_CLASS);
    if (target.gradientAtOriginals) gradients.add(start, without(target.gradientAtOriginals, nowhere));
    const isSuccess = (prediction: number, row: number) =>
      goal.isReached(prediction, row, own ? given[start + row]! : clean[row]!);
    state.setClean(start, clean);
    for (const [b, budget] of budgets.entries()) {
      const reach = reachOf(budget, options);
      const live = state.live(start, end, b, options.dropFooled === true);
      for (const row of nowhere) state.leaveOut(start + row, b);
      let open = live.filter((row) => clean[row] !== NO_CLASS && !isSuccess(clean[row]!, row));
      // What is a success as it is needs no attack, whatever the budget.
      for (const row of live) {
        if (clean[row] === NO_CLASS || !isSuccess(clean[row]!, row)) continue;
        const outcome = { attempt: 0, prediction: undefined, success: true };
        if (!state.record(start + row, b, outcome)) continue;
        state.distances[start + row] = 0;
        adversarial?.set(batch.data.subarray(row * width, (row + 1) * width), (start + row) * width);
      }
      for (let attempt = 0; attempt < (prepared.attempts ?? 1) && open.length > 0; attempt++) {
        signal?.throwIfAborted();
        const originals = pickRows(batch, open);
        const proposed = await prepared.candidates(reach, open, attempt);
        checkCandidates(attack, originals, proposed);
        const exact = confine(originals, proposed, budget, options);
        for (const [which, form] of formsOf(originals, exact, budget, options).entries()) {
          const tried = [...open.keys()].filter((i) => !state.reached(start + (open[i] ?? 0), b));
          if (tried.length === 0) break;
          const [before, judged] = [pickRows(originals, tried), pickRows(form, tried)];
          const left = tried.map((i) => open[i] ?? 0);
          const changed = changedRows(before, judged);
          const predicted = changed.length > 0 ? await classifier.predict(pickRows(judged, changed)) : [];
          const answers = new Map(changed.map((i, at) => [i, predicted[at]!]));
          const sizes = perturbationSizes(before, judged, attack.norm);
          const fooled = left.map((row, i) => isSuccess(answers.get(i) ?? clean[row]!, row));
          const reached = await goal.confirmed(judged, left, fooled);
          left.forEach((row, i) => {
            const [prediction, success] = [answers.get(i), reached[i] === true];
            // The second form of an attempt adds its success alone.
            if (which > 0 && !success) return;
            const first = state.record(start + row, b, { attempt, prediction, success });
            if (first) state.distances[start + row] = sizes[i]!;
            if (first && which > 0) byOther.add(start + row);
            if (adversarial && (first || state.smallest[start + row] === -1)) {
              adversarial.set(judged.data.subarray(i * width, (i + 1) * width), (start + row) * width);
            }
          });
        }
        open = open.filter((row) => !state.reached(start + row, b));
      }
      // Lets progress bars and signals have their turn between runs of the engine.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (prepared.stuck) {
      stuck ??= 0;
      for (let row = start; row < end; row++)
        if (state.smallest[row] === -1 && prepared.stuck(row - start)) stuck += 1;
    }
    if (path) {
      silent ??= 0;
      for (let row = start; row < end; row++) {
        const isSilent = path.crossed(row - start, (prediction) => isSuccess(prediction, row - start));
        if (state.smallest[row] === -1 && isSilent) silent += 1;
      }
    }
    options.onProgress?.(end, count);
  }
  return {
    norm: attack.norm,
    ...state.summary(budgets, labels),
    ...(stuck !== undefined && { stuck: rate(stuck, count) }),
    ...(silent !== undefined && { silent: rate(silent, count) }),
    ...(options.grid && { otherForm: rate(byOther.size, count) }),
    ...(gradients.any && { gradient: gradients.summary() }),
    ...(adversarial && { adversarial: { ...images, data: adversarial } }),
  };
}

/** A gradient of which some rows are not known, which is not to be taken for zero. */
function without(gradient: Floats, unknown: readonly number[]): Floats {
  if (unknown.length === 0) return gradient;
  const data = gradient.data.slice();
  const width = data.length / (gradient.dims[0] ?? 1);
  for (const row of unknown) data.fill(Number.NaN, row * width, (row + 1) * width);
  return { ...gradient, data };
}

/** The forms in which a candidate is judged, in their order. */
function formsOf(originals: Floats, exact: Floats, size: number, options: SweepOptions): Floats[] {
  const { grid, attack, classifier, bounds = classifier.bounds } = options;
  if (!grid) return [exact];
  const held = onGrid(originals, exact, { norm: attack.norm, size, bounds }, grid.values);
  return grid.seen ? [held, exact] : [exact, held];
}
