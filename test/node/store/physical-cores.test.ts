import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { physicalCores } from '../../../src/node/store/physical-cores.js';

const processor = (chip: number, core: number) =>
  ['processor\t: 0', 'model name\t: A Processor', `physical id\t: ${chip}`, `core id\t\t: ${core}`].join(
    '\n',
  );

describe('physical cores', () => {
  it.each([
    ['each with one thread', [processor(0, 0), processor(0, 1)], 2],
    ['each with two threads', [processor(0, 0), processor(0, 0), processor(0, 1), processor(0, 1)], 2],
    ['on two chips', [processor(0, 0), processor(1, 0), processor(0, 1), processor(1, 1)], 4],
    ['more than this process may use', Array.from({ length: 64 }, (_, core) => processor(0, core)), 8],
    ['of which the system does not tell', ['processor\t: 0', 'processor\t: 1'], 8],
    ['on another system', [''], 8],
  ])('%s', (_, processors, cores) => expect(physicalCores(`${processors.join('\n\n')}\n`, 8)).toBe(cores));

  it('of this machine are some', () => {
    expect(physicalCores()).toBeGreaterThan(0);
    expect(physicalCores()).toBeLessThanOrEqual(availableParallelism());
  });
});
