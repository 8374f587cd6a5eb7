import { ToolkitError } from '../../base/errors.js';
import { choice, integer, number } from '../../base/parameters.js';

/** Parameters that iterative gradient attacks share; each says where its default is from. */

export const stepsParameter = (initial: number, source: string) =>
  integer({
    help: 'gradients of each walk; an input that is fooled needs no more',
    unit: 'steps',
    default: initial,
    minimum: 1,
    maximum: 100_000,
    source,
  });

export const stepSizeParameter = (initial: number, source: string) =>
  number({
    help: 'length of each step',
    unit: 'multiples of epsilon',
    default: initial,
    minimum: 1e-6,
    maximum: 10,
    source,
  });

export const restartsParameter = (source: string) =>
  integer({
    help: 'walks for each input, each from a random start of its own; one success is enough',
    unit: 'walks',
    default: 1,
    minimum: 1,
    maximum: 10_000,
    source,
  });

export const randomStartParameter = (source: string) =>
  choice({
    help: 'whether walks begin anywhere in the ball or at the original',
    default: 'yes',
    choices: ['yes', 'no'],
    source,
  });

/**
 * Walks from one point are all the same.
 * @throws ToolkitError `bad-value` for restarts without random starts
 */
export const checkRestarts =
  (name: string) =>
  ({ restarts, randomStart }: { readonly restarts: number; readonly randomStart: 'yes' | 'no' }): void => {
    if (randomStart !== 'no' || restarts === 1) return;
    const expected = '1 where randomStart is no';
    throw new ToolkitError('bad-value', {
      what: `${name} restarts`,
      expected,
      received: JSON.stringify(restarts),
    });
  };
