import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TargetName } from './targets/index.js';

/** Seconds that a case may take. */
export const MAX_SECONDS = 5;

export interface Finding {
  readonly kind: 'error' | 'abort' | 'slow' | 'memory';
  readonly index: number;
  /** What fails; findings of one signature are one fault. */
  readonly signature: string;
  /** The case, made smaller. Of those that a process does not survive, the seed and the index tell it. */
  readonly bytes?: Uint8Array;
}

export interface Outcome {
  /** Cases that were tried. */
  readonly count: number;
  readonly findings: readonly Finding[];
}

export interface FuzzOptions {
  readonly seed: number;
  readonly from?: number;
  /** Cases that are tried at most. */
  readonly cases: number;
  /** Seconds after which no other case begins. */
  readonly seconds?: number;
  /** Seconds that a case may take. */
  readonly patience?: number;
  readonly onProgress?: (done: number, findings: number) => void;
}

interface Report {
  readonly begin?: number;
  readonly failed?: number;
  readonly memory?: number;
  readonly bytes?: number;
  readonly signature?: string;
  readonly base64?: string;
  readonly done?: number;
}

const worker = fileURLToPath(new URL('worker.ts', import.meta.url));

/** Seconds of processor time that a process has had; 0 where the system does not tell. */
function cpuSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** Milliseconds between two looks at the clock. */
const INTERVAL = 250;
/** Seconds of the first case, which loads everything. */
const SLOW_START = 60;
/** Seconds after which a case that waits for something is given up. */
const STUCK = 120;

/**
 * Tries cases of a target in worker processes, one after the other. A new one takes over after a case that
 * one did not survive (a native abort), that took too long, or that filled the memory.
 */
export async function fuzz(target: TargetName, options: FuzzOptions): Promise<Outcome> {
  const { seed, from = 0, cases, seconds = Number.POSITIVE_INFINITY, patience = MAX_SECONDS } = options;
  const deadline = performance.now() + seconds * 1000;
  const findings: Finding[] = [];
  let next = from;
  while (next < from + cases && performance.now() < deadline) {
    const reached = await runWorker(
      target,
      { seed, from: next, to: from + cases },
      patience,
      deadline,
      (finding) => findings.push(finding),
      (index) => options.onProgress?.(index - from, findings.length),
    );
    next = reached + 1;
  }
  return { count: Math.min(next, from + cases) - from, findings };
}

/** @returns the last case that was begun */
function runWorker(
  target: TargetName,
  { seed, from, to }: { seed: number; from: number; to: number },
  patience: number,
  deadline: number,
  onFinding: (finding: Finding) => void,
  onCase: (index: number) => void,
): Promise<number> {
  const argv = ['--target', target, '--seed', String(seed), '--from', String(from), '--to', String(to)];
  const child = spawn(process.execPath, ['--import', 'tsx', worker, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FOOLPROOF_THREADS: '1' },
  });
  let current = from - 1;
  let [begun, isFirst, finished, slow] = [performance.now(), true, false, false];
  let startedAt = 0;
  let text = '';
  child.stderr.on('data', (chunk) => {
    text = `${text}${chunk}`.slice(-2000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const report: Report = JSON.parse(line);
    if (report.begin !== undefined) {
      isFirst = current < from;
      [current, begun, startedAt] = [report.begin, performance.now(), cpuSeconds(child.pid)];
      onCase(current);
    }
    const { signature = '', base64 } = report;
    if (report.failed !== undefined) {
      const bytes = base64 === undefined ? undefined : Buffer.from(base64, 'base64');
      onFinding({ kind: 'error', index: report.failed, signature, ...(bytes && { bytes }) });
    }
    if (report.memory !== undefined) {
      onFinding({ kind: 'memory', index: report.memory, signature: `${report.bytes} bytes of memory` });
    }
    if (report.done !== undefined) finished = true;
  });
  const timer = setInterval(() => {
    const now = performance.now();
    if (now > deadline && !slow) {
      finished = true;
      child.kill('SIGKILL');
    }
    // A loaded machine is no fault of a case: what counts is the time that it had.
    const worked = cpuSeconds(child.pid) - startedAt;
    const isSlow = worked > (isFirst ? SLOW_START : patience) || now - begun > 1000 * STUCK;
    if (isSlow && !finished) {
      slow = true;
      child.kill('SIGKILL');
    }
  }, INTERVAL);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearInterval(timer);
      if (slow) onFinding({ kind: 'slow', index: current, signature: `over ${patience} s` });
      else if (!finished) {
        onFinding({ kind: 'abort', index: current, signature: `${signal ?? code}: ${text.slice(-500)}` });
      }
      resolve(Math.max(current, from));
    });
  });
}
