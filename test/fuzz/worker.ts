import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { stream } from '../support/toolkit.js';
import type { Target } from './target.js';
import { type TargetName, targets } from './targets/index.js';

/*
 * The process that tries cases: `worker.ts --target models --seed 1 --from 0 --to 100`, or one case that is
 * in a file: `worker.ts --target models --file case.bin`. It says on its output, at once, which case begins,
 * so that whoever watches it knows which one it did not survive.
 */

/** Cases that are tried while one that fails is made smaller. */
const MAX_SMALLER = 400;
/** Bytes of memory after which a worker is no longer what it was at first. */
const MAX_MEMORY = 2 ** 30;

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    to: { type: 'string', default: '0' },
    file: { type: 'string' },
    keep: { type: 'string' },
  },
});

/** Synchronous: what is not written when the process dies is lost. */
function say(report: object): void {
  let rest = Buffer.from(`${JSON.stringify(report)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // The reader is slower than the cases.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** What an error is, so that two of one kind are told from others: its text without numbers, and its place. */
export function signatureOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  const places = (cause.stack ?? '').split('\n').filter((line) => /\/src\/|node_modules/.test(line));
  const place = places[0]?.replace(/.*\/(src|node_modules)\//, '$1/').replace(/\)$/, '') ?? '';
  return `${cause.name}: ${cause.message.replace(/[\d.]+|"[^"]*"|'[^']*'/g, '#').slice(0, 120)} at ${place}`;
}

async function failure(target: Target, bytes: Uint8Array): Promise<string | undefined> {
  try {
    await target.run(bytes);
    return undefined;
  } catch (error) {
    return signatureOf(error);
  }
}

/** A smaller case that fails in the same way. */
async function minimized(target: Target, bytes: Uint8Array, signature: string): Promise<Uint8Array> {
  let best = bytes;
  let left = MAX_SMALLER;
  for (let found = true; found && left > 0; ) {
    found = false;
    for (const candidate of target.smaller(best)) {
      if (left-- <= 0) break;
      if (candidate.length >= best.length || (await failure(target, candidate)) !== signature) continue;
      [best, found] = [candidate, true];
      break;
    }
  }
  return best;
}

const name = values.target as TargetName;
const target: Target = targets[name];
if (values.file !== undefined) {
  const signature = await failure(target, new Uint8Array(readFileSync(values.file)));
  say({ done: 1, ...(signature !== undefined && { signature }) });
} else {
  const known = new Set<string>();
  for (let index = Number(values.from); index < Number(values.to); index++) {
    const bytes = target.make(stream(Number(values.seed), name, index));
    if (values.keep) writeFileSync(values.keep, bytes);
    say({ begin: index });
    const signature = await failure(target, bytes);
    if (signature !== undefined && !known.has(signature)) {
      known.add(signature);
      const small = await minimized(target, bytes, signature);
      say({ failed: index, signature, base64: Buffer.from(small).toString('base64') });
    } else if (signature !== undefined) say({ failed: index, signature });
    if (process.memoryUsage.rss() > MAX_MEMORY) {
      say({ memory: index, bytes: process.memoryUsage.rss() });
      break;
    }
  }
  say({ done: 1 });
}
process.exit();
