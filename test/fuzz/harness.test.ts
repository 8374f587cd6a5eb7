import { describe, expect, it } from 'vitest';
import { lookUp } from '../../src/core/base/names.js';
import { stream } from '../support/toolkit.js';
import { fuzz } from './harness.js';
import { targets } from './targets/index.js';

describe('the harness', { timeout: 120_000 }, () => {
  it.each(['models', 'arrays', 'archives', 'folders', 'arguments'] as const)(
    'makes the same cases of %s from the same seed',
    (name) => {
      const target = lookUp(targets, name, 'target');
      const make = (seed: number) => target.make(stream(seed, name, 7));
      expect(Buffer.from(make(1)).equals(make(1))).toBe(true);
      expect(Buffer.from(make(1)).equals(make(2))).toBe(false);
    },
  );

  it('tries cases in a process of its own, and counts them', async () => {
    const outcome = await fuzz('arrays', { seed: 3, cases: 50 });
    expect(outcome).toEqual({ count: 50, findings: [] });
  });
});
