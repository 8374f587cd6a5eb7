import type { Model } from '../onnx/graph.js';
import type { Runtime, Session } from '../runtime/runtime.js';

/** Images for each run of the engine, unless the caller says otherwise. */
export const BATCH_SIZE = 128;

/** Where and how the graphs of one model are run. */
export interface Engine {
  readonly runtime: Runtime;
  /** How messages name the model. */
  readonly source: string;
  /** Images for each run of the engine. */
  readonly batchSize: number;
  /**
   * Whether every run gets exactly that many images, the last one filled up with those that it has: for a
   * model whose answers depend on its batch.
   */
  readonly exact?: boolean | undefined;
  readonly threads?: number | undefined;
}

/** The engine of a graph that can only be run with one batch size, where there is one. */
export const engineOf = (engine: Engine, onlyBatch: number | null): Engine =>
  onlyBatch === null ? engine : { ...engine, batchSize: onlyBatch, exact: true };

/** Sessions of one model's graphs: each is created when it is first asked for, and released once. */
export class Sessions {
  private readonly created = new Map<unknown, Promise<Session>>();

  constructor(private readonly engine: Engine) {}

  of(key: unknown, graph: () => Model): Promise<Session> {
    const found = this.created.get(key);
    if (found) return found;
    const { runtime, source, threads } = this.engine;
    const session = runtime.createSession(graph(), { source, threads });
    this.created.set(key, session);
    return session;
  }

  /** Frees the engine's memory; what is asked for afterwards is created again. */
  async release(): Promise<void> {
    const sessions = [...this.created.values()];
    this.created.clear();
    // A session that could not be created has nothing to free, and must not keep the others from being freed.
    for (const session of sessions) await (await session.catch(() => undefined))?.release();
  }
}
