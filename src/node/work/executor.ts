import type { Progress } from '../../core/base/progress.js';
import { toolkitVersion } from '../../core/base/toolkit-version.js';
import type { Dataset } from '../../core/data/dataset.js';
import { materialize } from '../../core/models/materialize.js';
import { decodeModel } from '../../core/onnx/decode.js';
import type { Model } from '../../core/onnx/graph.js';
import type { Runtime } from '../../core/runtime/runtime.js';
import { loadDataset } from '../datasets/index.js';
import { splitDigest } from '../datasets/split-digest.js';
import { contentKey, sha256 } from '../store/keys.js';
import type { RunDirectory } from '../store/run-directory.js';
import type { Step, StepMeta, StepRecord } from '../store/step-store.js';
import type { Finished, Parameters, Provenance, StepKind } from './step.js';
import { surroundingsOf, Trail } from './surroundings.js';

/** A step that a study wants done: its kind, its parameters, and the artifacts it starts from. */
export interface Request<P extends Parameters = Parameters, M = unknown> {
  readonly kind: StepKind<P, M>;
  readonly parameters: P;
  readonly inputs?: ReadonlyMap<string, Uint8Array>;
}

export interface ExecutorOptions {
  readonly runtime: Runtime;
  readonly directory: RunDirectory;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /** Sum of the costs of all steps that the study will ask for. */
  readonly totalCost: number;
}

/** Where a step's meta keeps its numbers and its provenance. */
const RESULT = 'result';
const PROVENANCE = 'provenance';

/**
 * Runs the steps of a study in this process, one after the other. A step whose key is in the run directory is not run
 * again; its key is the hash of everything that determines it: kind, version, parameters, input artifacts, the data, and the
 * versions of toolkit and engine.
 */
export class Executor {
  private readonly datasets = new Map<string, Promise<Dataset>>();
  private readonly models = new Map<string, Promise<Model>>();
  private readonly digests = new Map<string, Promise<string>>();
  /** Of every step of this study, computed now or found. */
  readonly provenances: Provenance[] = [];
  private doneCost = 0;
  private workedCost = 0;
  private workedSeconds = 0;
  /** Steps that were found finished. */
  reused = 0;

  constructor(private readonly options: ExecutorOptions) {}

  dataset(name: string): Promise<Dataset> {
    const { progress, signal } = this.options;
    const loading = this.datasets.get(name) ?? loadDataset(name, { progress, ...(signal && { signal }) });
    this.datasets.set(name, loading);
    return loading;
  }

  private materialized(bytes: Uint8Array): Promise<Model> {
    const key = sha256(bytes);
    const making = this.models.get(key) ?? materialize(decodeModel(bytes), this.options.runtime);
    this.models.set(key, making);
    return making;
  }

  /** A finished step, or undefined when it would have to be computed; not counted as one of the study's. */
  async find<P extends Parameters, M>(request: Request<P, M>): Promise<Finished<M> | undefined> {
    return finishedStep(request.kind, await (await this.step(request)).load());
  }

  private async step<P extends Parameters, M>({
    kind,
    parameters,
    inputs = new Map(),
  }: Request<P, M>): Promise<Step> {
    const { directory, signal, runtime } = this.options;
    signal?.throwIfAborted();
    const hashes = Object.fromEntries([...inputs].map(([name, bytes]) => [name, sha256(bytes)]));
    const key = contentKey({
      kind: kind.name,
      version: kind.version,
      parameters,
      inputs: hashes,
      data: typeof parameters.dataset === 'string' ? await this.digest(parameters.dataset) : null,
      toolkit: toolkitVersion,
      engine: `${runtime.name} ${runtime.version}`,
    });
    return directory.step(kind.name, key);
  }

  async execute<P extends Parameters, M>(request: Request<P, M>): Promise<Finished<M>> {
    const { kind, parameters, inputs = new Map() } = request;
    const { directory, signal } = this.options;
    const step = await this.step(request);
    const cost = kind.cost(parameters);
    const found = this.count(finishedStep(kind, await step.load()));
    if (found) {
      this.reused += 1;
      this.doneCost += cost;
      return found;
    }
    const started = performance.now();
    const progress = this.scaled(kind.label(parameters), cost, started);
    const here = surroundingsOf(this.options.runtime);
    const trail = await Trail.open(step.scratch, here);
    const context = {
      runtime: this.options.runtime,
      dataset: (name: string) => this.dataset(name),
      materialized: (bytes: Uint8Array) => this.materialized(bytes),
      progress,
      scratch: step.scratch,
      kept: () => trail.mark(),
      ...(signal && { signal }),
    };
    const output = await kind.run(parameters, inputs, context);
    const meta = kind.output.parse(output.meta);
    const provenance: Provenance = {
      toolkit: toolkitVersion,
      ...here,
      finished: new Date().toISOString(),
      ...(trail.earlier.length > 0 && { earlier: trail.earlier }),
    };
    const record = { [RESULT]: meta, [PROVENANCE]: provenance } as unknown as StepMeta;
    await step.commit(output.artifacts ?? new Map(), record);
    this.doneCost += cost;
    this.workedCost += cost;
    this.workedSeconds += (performance.now() - started) / 1000;
    const finished = this.count(finishedStep(kind, await step.load()));
    if (!finished) throw new Error(`step ${kind.name} vanished from ${directory.root} while it was written`);
    return finished;
  }

  private count<M>(finished: Finished<M> | undefined): Finished<M> | undefined {
    if (finished) this.provenances.push(finished.provenance);
    return finished;
  }

  /** Hash of the images and labels of a data set: its name says nothing about what was loaded. */
  private digest(name: string): Promise<string> {
    const found = this.digests.get(name);
    if (found) return found;
    const computing = this.dataset(name).then(({ train, test }) =>
      sha256(splitDigest(train) + splitDigest(test)),
    );
    this.digests.set(name, computing);
    return computing;
  }

  /** Passes progress on and adds the study's own: how much of all work is done, and how long the rest will take. */
  private scaled(label: string, cost: number, started: number): Progress {
    const { progress, totalCost } = this.options;
    let total = 1;
    return {
      // The study knows which model a step is about; the step itself does not.
      begin: (_, size, unit) => {
        total = size;
        progress.begin(label, size, unit);
      },
      advance: (done, detail) => {
        const part = cost * Math.min(1, done / Math.max(1, total));
        const seconds = this.workedSeconds + (performance.now() - started) / 1000;
        const pace = (this.workedCost + part) / seconds;
        const left = Math.max(0, totalCost - this.doneCost - part);
        if (pace > 0) progress.overall(Math.min(1, (this.doneCost + part) / totalCost), left / pace);
        progress.advance(done, detail);
      },
      end: (summary) => progress.end(summary),
      overall: () => {},
    };
  }
}

/** A step as it was committed; one whose numbers do not have their shape counts as absent and is done again. */
function finishedStep<M>(
  kind: { readonly output: StepKind<Parameters, M>['output'] },
  record: StepRecord | undefined,
): Finished<M> | undefined {
  const meta = kind.output.safeParse(record?.meta[RESULT]);
  if (!record || !meta.success) return undefined;
  const provenance = record.meta[PROVENANCE] as unknown as Provenance;
  return { meta: meta.data, artifacts: record.artifacts, provenance };
}
