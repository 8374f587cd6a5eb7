import { expect, it } from 'vitest';
import { slowest } from './slowest.js';

it('the slowest come first, and all are counted', () => {
  const entries = [120, 4300, 60].map((milliseconds) => ({ name: `took ${milliseconds}`, milliseconds }));
  expect(slowest('Tests', entries, 2)).toBe(
    'Tests (3, 4.5 s in all)\n   4.3 s  took 4300\n   0.1 s  took 120',
  );
});
