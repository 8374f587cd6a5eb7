import { type ChildProcess, fork } from 'node:child_process';
import { ToolkitError } from '../../../core/base/errors.js';
import type { Assignment } from '../assignment.js';
import { Stopped } from '../executor.js';
import { type Order, type Report, unpackError, type WorkerSetup } from './messages.js';

/** Characters kept of what a process printed, for who looks for the reason of its death. */
const LAST_WORDS = 4000;

interface Pending {
  /** What it is about, for the error when the process dies. */
  readonly title: string;
  readonly listen: (report: Report) => void;
  readonly resolve: (found: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** A worker process as its parent sees it. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #pending: Pending | undefined;
  #end: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
  #lastWords = '';

  /**
   * @param entry the module that it runs; with the flags of this process, so that a loader
   *   such as tsx is there too
   */
  constructor(entry: URL) {
    const child = fork(entry, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], serialization: 'advanced' });
    this.#child = child;
    child.stderr?.on('data', (chunk) => {
      this.#lastWords = `${this.#lastWords}${chunk}`.slice(-LAST_WORDS);
    });
    child.on('message', (report) => this.#hear(report as Report));
    this.#gone = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.on('error', (cause) => {
        this.#settle()?.reject(cause);
        if (child.pid === undefined) resolve();
      });
    });
    // Comes after the last message and the last words, but never to a parent that has
    // closed the channel itself.
    child.once('close', (code, signal) => {
      this.#end = { code, signal };
      this.#report();
    });
  }

  /**
   * Has a step done.
   *
   * @returns whether its result was in the store already
   * @throws what the worker threw; `Stopped` when it was told to stop, by its parent or by a signal of the
   *   system; ToolkitError `worker-ended`
   */
  run(assignment: Assignment, setup: WorkerSetup, listen: (report: Report) => void): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#pending = { title: assignment.title, listen, resolve, reject };
      if (this.#end) this.#report();
      else this.#send({ type: 'step', assignment, setup });
    });
  }

  /** The worker keeps a checkpoint; `run` then throws `Stopped`. */
  stop(): void {
    this.#send({ type: 'stop' });
  }

  /** Resolves when the process is gone. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#gone;
  }

  #send(order: Order): void {
    // Of a process that is gone, `close` tells more than the failure to reach it.
    this.#child.send(order, () => {});
  }

  #hear(report: Report): void {
    this.#pending?.listen(report);
    if (report.type === 'finished') this.#settle()?.resolve(report.found);
    if (report.type === 'failed') this.#settle()?.reject(unpackError(report.error));
    if (report.type === 'stopped') this.#settle()?.reject(new Stopped());
  }

  #settle(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  /** Tells whoever waits for this process that it has ended. */
  #report(): void {
    const waiting = this.#settle();
    waiting?.reject(this.#reasonOfEnd(waiting.title));
  }

  #reasonOfEnd(what: string): Error {
    const { code = null, signal = null } = this.#end ?? {};
    // A signal that comes while the process is starting ends it: it does not handle signals yet.
    if (signal === 'SIGINT' || signal === 'SIGTERM') return new Stopped();
    const killed = `${signal}, which the system also sends when memory runs out`;
    const reason = signal === 'SIGKILL' ? killed : (signal ?? `exit code ${code}`);
    const cause = Object.assign(new Error('last words of the process'), { stack: this.#lastWords });
    return new ToolkitError('worker-ended', { what, reason }, { cause });
  }
}
