import { describe, expect, it } from 'vitest';
import { type AuditNorm, suite } from '../../../../src/core/evaluation/attack-suite.js';
import { chosenEffort } from '../../../../src/node/apps/audit/effort.js';
import { type Throughput, worstCase } from '../../../../src/node/apps/audit/throughput.js';

const EPSILONS = 4;
const norm: AuditNorm = 'Linf';
const speed = (seconds: number, sources = 0): Throughput => ({
  ...{ query: seconds / 3, gradient: seconds, refusal: null, sources },
});
/** So fast that an input takes so many seconds through the whole suite. */
const suiteIn = (seconds: number) => {
  const one = worstCase([speed(1)], suite(norm, 'full'), EPSILONS);
  return [speed(seconds / one)];
};
const [fast, slow] = [suiteIn(1), suiteIn(100)];

describe('the effort of an audit', () => {
  it('is the one asked for, whatever it takes', () => {
    expect(chosenEffort({ norm, seconds: 300, effort: 'full' }, slow, EPSILONS)).toBe('full');
    expect(chosenEffort({ norm, seconds: 300, effort: 'quick' }, fast, EPSILONS)).toBe('quick');
  });

  it('is full where 16 inputs fit the time, and without a limit', () => {
    expect(chosenEffort({ norm, seconds: 300 }, suiteIn(300 / 16.01), EPSILONS)).toBe('full');
    expect(chosenEffort({ norm, seconds: 300 }, suiteIn(300 / 15.9), EPSILONS)).toBe('quick');
    expect(chosenEffort({ norm }, slow, EPSILONS)).toBe('full');
  });

  it('counts every model, and the gradients of others', () => {
    const half = suiteIn(300 / 16 / 2);
    expect(chosenEffort({ norm, seconds: 301 }, [...half, ...half], EPSILONS)).toBe('full');
    expect(chosenEffort({ norm, seconds: 301 }, [...half, ...half, ...half], EPSILONS)).toBe('quick');
    const [tight] = suiteIn(300 / 16.01);
    expect(chosenEffort({ norm, seconds: 300 }, [{ ...tight!, sources: 3 }], EPSILONS)).toBe('quick');
  });
});
