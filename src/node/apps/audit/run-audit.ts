import { epsilonL2, epsilonLinf } from '../../../core/attacks/harness/epsilon.js';
import { ToolkitError } from '../../../core/base/errors.js';
import { silent } from '../../../core/base/progress.js';
import { shuffledTest } from '../../../core/data/sampling.js';
import { type AuditNorm, curveOf, type PlannedAttack, suite } from '../../../core/evaluation/attack-suite.js';
import { type Source, sourcesFor } from '../../../core/evaluation/gradient-sources.js';
import { type ModelTrial, trialsOf } from '../../../core/evaluation/model-trials.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import { datasetDigest } from '../../datasets/split-digest.js';
import { MemoryStore } from '../../store/memory-store.js';
import { DataSource } from '../../work/data-source.js';
import { type Executor, type Finished, metaOf } from '../../work/executor.js';
import { InProcessExecutor } from '../../work/in-process.js';
import type { Plan, Step } from '../../work/plan.js';
import { assembleAudit, judgedModels } from './assemble-results.js';
import type { AuditAbout } from './audit-about.js';
import { shownRows } from './audit-gallery.js';
import {
  type AuditOutcome,
  DEFAULT_SAMPLES,
  DEFAULT_THRESHOLD,
  type RunAuditOptions,
} from './audit-options.js';
import {
  chunkStep,
  chunkSteps,
  galleryFiles,
  galleryStep,
  modelAbout,
  plannedModel,
  sharedThings,
  throughputStep,
} from './audit-plan.js';
import { runChunks } from './chunk-rounds.js';
import { chosenEffort } from './effort.js';
import { preliminaries, secondsSpent, substitutesOf } from './preliminaries.js';
import type { Throughput } from './throughput.js';
import { MAX_LOST, Schedule } from './time-schedule.js';
import { secondsOf } from './trial-groups.js';

/**
 * Audits prepared classifiers: makes every attack of a suite on the same inputs of every model, chunk by
 * chunk for as long as there is time, and says what the attacks mean together. Everything that is done is a
 * step; finished ones are kept in the run directory, where the same audit is resumed.
 *
 * After the signal it ends with the chunks that are finished, if there is one.
 *
 * @throws ToolkitError `unsupported-operators`, `not-finite`; `interrupted` when not even one chunk was
 *   finished; `bad-value` for an epsilon that the norm does not know, `nothing-to-do` without inputs
 */
export async function runAudit(options: RunAuditOptions): Promise<AuditOutcome> {
  const { data, norm, epsilon, seed = 1 } = options;
  const indices = options.indices ?? shuffledTest(data, DEFAULT_SAMPLES, seed);
  check(norm, epsilon, indices);
  const executor = options.executor ?? executorFor(options);
  try {
    return await auditWith(executor, { ...options, indices, seed });
  } finally {
    if (!options.executor) await executor.close();
  }
}

function executorFor({ runtime, data, directory, ...options }: RunAuditOptions): Executor {
  const store = directory ?? new MemoryStore();
  return new InProcessExecutor({
    runtime,
    store,
    data: new DataSource(store, new Map([[datasetDigest(data), data]])),
    shared: sharedThings({ runtime, data, ...options }),
  });
}

interface Settled extends RunAuditOptions {
  readonly indices: Uint32Array;
  readonly seed: number;
}

async function auditWith(executor: Executor, options: Settled): Promise<AuditOutcome> {
  const { models, data, norm, epsilon, seed, indices, rounding, progress = silent, signal } = options;
  const reference = { name: data.name, digest: datasetDigest(data) };
  const seeded = { data: reference, seed, ...(rounding && { rounding }) };
  const epsilons = curveOf(epsilon, norm);
  const schedule = new Schedule(options.seconds, { most: mostInputs(models) });
  const sources = models.map((model) => sourcesFor(model, models));
  const finished = new Map<string, Finished>();
  const run = async (steps: readonly Step[]) => {
    for await (const step of executor.run(planOf(steps))) finished.set(step.step.id, step);
    return finished;
  };

  const measuring = models.map((model, at) => throughputStep(model, at, { ...options, data: reference }));
  await run(measuring);
  const speeds = measuring.map(({ id }, at): Throughput => {
    const step = finished.get(id);
    if (!step) throw new Error(`step ${id} is not finished`);
    return { ...metaOf(step, 'throughput'), sources: sources[at]?.length ?? 0 };
  });

  const effort = options.planned ? null : chosenEffort(options, speeds, epsilons.length);
  const started = performance.now();
  const known = await preliminaries(models, speeds, { ...options, data: reference, available: data }, run);
  schedule.charge(secondsSpent(known, finished) - (performance.now() - started) / 1000);
  const own = await substitutesOf(known, finished, options);
  const suites = known.map(({ needs }) =>
    unrounded(options.planned ?? suite(norm, effort ?? 'full', needs), rounding),
  );
  const planned = suites.reduce((all, some) => (some.length > all.length ? some : all), []);
  const refused = new Map(models.map((model, at) => [model, speeds[at]?.refusal ?? null]));
  const sourcesOf = (at: number) => [...(sources[at] ?? []), ...(own.get(at) ?? [])];
  const trials = models.map((model, at) =>
    possible(
      trialsOf(model, sourcesOf(at), suites[at] ?? planned, { norm, epsilon, epsilons }),
      model,
      refused,
    ),
  );
  const files = galleryFiles(models.map(({ id }) => id));
  const about: AuditAbout = {
    ...{ seed, norm, effort, epsilon, epsilons },
    rounding: rounding ?? null,
    threshold: options.threshold ?? DEFAULT_THRESHOLD,
    seconds: options.seconds ?? null,
    data: {
      name: data.title,
      source: data.source,
      available: data.test.count,
      classNames: [...(models[0]?.classNames ?? data.classNames)],
      warnings: [...(options.warnings ?? [])],
    },
    transferred: planned.find(({ transferred }) => transferred)?.attack.name ?? null,
    models: models.map((model, at) =>
      modelAbout(model, trials[at] ?? [], {
        refusal: refused.get(model) ?? null,
        gallery: files[at] ?? '',
        data: data.title,
      }),
    ),
  };

  const audited = models.map((model, at) =>
    plannedModel(model, at, sourcesOf(at), trials[at] ?? [], known[at]),
  );
  const before = known.flatMap((model) => model.before ?? []);
  const seconds = trials.map((own, at) => {
    const { query = 0, gradient = 0 } = speeds[at] ?? {};
    return own.map((trial) => secondsOf(trial, epsilons.length, { query, gradient }));
  });
  const most = Math.min(MAX_LOST, (options.seconds ?? Number.POSITIVE_INFINITY) / MIN_STEPS);
  const { chunks, stopped } = await runChunks(
    (part) => chunkSteps(audited, part, seeded, { seconds, most }),
    (part) => audited.map((model) => chunkStep(model, part, seeded, [])),
    {
      executor,
      before,
      indices,
      schedule,
      worst: seconds.flat().reduce((sum, each) => sum + each, 0),
      progress,
      ...(options.seconds !== undefined && { seconds: options.seconds }),
      ...(signal && { signal }),
    },
  );
  for (const step of chunks) finished.set(step.step.id, step);
  const early = [...measuring, ...known.map(({ probe }) => probe), ...before];
  const measured = planOf([...early, ...chunks.map(({ step }) => step)], about);

  const galleries = judgedModels(measured, finished).flatMap(({ summary, evidence }, at): Step[] => {
    const shown = shownRows(summary, evidence);
    const model = audited[at];
    const trial = model?.trials.find(({ id }) => id === shown?.trial);
    if (!shown || !model || !trial) return [];
    const budgets = trial.budgets.filter((budget) => budget <= epsilon * (1 + 1e-9));
    return [
      galleryStep(
        model,
        { ...trial, budgets },
        shown.rows.map((n) => indices[n] ?? 0),
        seeded,
      ),
    ];
  });
  await run([...before, ...galleries]);
  for (const { classifier } of [...own.values()].flat()) await classifier.release();
  const plan = planOf([...measured.steps, ...galleries], about);
  return assembleAudit(plan, finished, { used: schedule.used, stopped });
}

/** Steps that the time allowed is divided into at least, for something to be finished when it ends. */
const MIN_STEPS = 16;

const planOf = (steps: readonly Step[], about?: AuditAbout): Plan => ({
  schema: 'foolproof.plan/1',
  ...(about && { about }),
  steps: [...steps],
});

/** Elements of all inputs of a chunk: attacks keep several copies of them. */
const MAX_ELEMENTS = 2 ** 24;
const MAX_INPUTS = 128;

/**
 * Inputs that go through all trials together: as many as the engine takes at once by
 * default, fewer large ones.
 */
function mostInputs(models: readonly ModelUnderTest[]): number {
  const sizes = models.map(({ shape }) => shape.dims.reduce((product, dim) => product * dim, 1));
  return Math.max(1, Math.min(MAX_INPUTS, Math.floor(MAX_ELEMENTS / Math.max(...sizes))));
}

function check(norm: AuditNorm, epsilon: number, indices: Uint32Array): void {
  const { maximum } = norm === 'Linf' ? epsilonLinf : epsilonL2;
  if (!(epsilon > 0 && epsilon <= maximum)) {
    // Most likely meant in the 255 steps of a file.
    const expected = `a number above 0 and at most ${maximum}, inputs being in [0, 1], such as 8/255`;
    throw new ToolkitError('bad-value', { what: `epsilon in ${norm}`, expected, received: String(epsilon) });
  }
  if (indices.length === 0) {
    throw new ToolkitError('nothing-to-do', {
      what: 'An audit of no inputs',
      hint: 'Choose one test image at least.',
    });
  }
}

/**
 * Trials that can be made: of a model without a gradient, those that need none, and of
 * others none that follow it.
 */
function possible(
  trials: readonly ModelTrial[],
  model: ModelUnderTest,
  refused: ReadonlyMap<ModelUnderTest, string | null>,
): ModelTrial[] {
  const needsNone = new Set(['noise', 'gradient-free', 'substitute', 'transfer']);
  const hasGradient = ({ model: other, substitute }: Pick<Source, 'model' | 'substitute'>) =>
    substitute === true || refused.get(other ?? model) === null;
  return trials.filter(
    ({ planned: { role }, source }) =>
      (!source || hasGradient(source)) && (needsNone.has(role) || hasGradient({ model })),
  );
}

/** Where candidates are rounded anyway, nothing sees a grid besides. */
const unrounded = (planned: readonly PlannedAttack[], rounding: number | undefined) =>
  planned.filter(({ rounded }) => !rounded || rounding === undefined);
