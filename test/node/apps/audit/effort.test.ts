import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildModel } from '../../../../src/core/models/build-model.js';
import type { ModelUnderTest } from '../../../../src/core/models/model-under-test.js';
import type { RunAuditOptions } from '../../../../src/node/apps/audit/audit-options.js';
import { chosenEffort } from '../../../../src/node/apps/audit/effort.js';
import type { Pace } from '../../../../src/node/apps/audit/throughput.js';
import { nodeRuntime } from '../../../../src/node/runtime.js';
import { RunDirectory } from '../../../../src/node/store/run-directory.js';
import { mnist } from '../../../support/mnist.js';
import { subjectOf } from './support.js';

const EPSILONS = 4;
/** A machine on which an input takes so many seconds through any suite. */
const pace = (seconds: number): Pace => ({ worst: () => seconds, refusals: new Map() });
const [fast, slow] = [pace(1), pace(100)];

let root: string;
let subject: ModelUnderTest;
let options: RunAuditOptions;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'foolproof-effort-'));
  subject = await subjectOf('small', buildModel('784-F8-10', { seed: 1 }));
  options = {
    ...{ runtime: await nodeRuntime(), models: [subject], data: await mnist() },
    ...{ norm: 'Linf', epsilon: 0.3, seconds: 300 },
  };
});
afterAll(async () => {
  await subject.release();
  await rm(root, { recursive: true, force: true });
});

describe('the effort of an audit', () => {
  it('is the one asked for, whatever it takes', async () => {
    expect(await chosenEffort({ ...options, effort: 'full' }, slow, EPSILONS)).toBe('full');
    expect(await chosenEffort({ ...options, effort: 'quick' }, fast, EPSILONS)).toBe('quick');
  });

  it('is full where 16 inputs fit the time, and without a limit', async () => {
    expect(await chosenEffort(options, pace(300 / 16), EPSILONS)).toBe('full');
    expect(await chosenEffort(options, pace(300 / 15.9), EPSILONS)).toBe('quick');
    const { seconds: _, ...unlimited } = options;
    expect(await chosenEffort(unlimited, slow, EPSILONS)).toBe('full');
  });

  it('stays what it was when an audit goes on at another pace', async () => {
    const directory = await RunDirectory.open(root);
    try {
      const kept = { ...options, directory };
      expect(await chosenEffort(kept, slow, EPSILONS)).toBe('quick');
      expect(await chosenEffort(kept, fast, EPSILONS)).toBe('quick');
      // Another time, or another model, is another audit.
      expect(await chosenEffort({ ...kept, seconds: 3000 }, fast, EPSILONS)).toBe('full');
      const other = await subjectOf('small', buildModel('784-F8-10', { seed: 2 }));
      expect(await chosenEffort({ ...kept, models: [other] }, fast, EPSILONS)).toBe('full');
    } finally {
      await directory.close();
    }
  });
});
