import { ToolkitError } from '../../base/errors.js';
import type { ParameterDescriptor } from '../../base/parameter-descriptor.js';
import type { Attack } from '../attack.js';
import type { AttackParameters, ChoiceDescriptor } from '../attack-parameters.js';

/** Parameters that iterative gradient attacks share; each says where its usual values are from. */

export const stepsParameter = (usual: number, source: string): ParameterDescriptor => ({
  help: 'gradients of each walk; an input that is fooled needs no more',
  unit: 'steps',
  default: usual,
  minimum: 1,
  maximum: 100_000,
  integer: true,
  source,
});

export const stepSizeParameter = (usual: number, source: string): ParameterDescriptor => ({
  help: 'length of each step',
  unit: 'multiples of epsilon',
  default: usual,
  minimum: 1e-6,
  maximum: 10,
  source,
});

export const restartsParameter = (source: string): ParameterDescriptor => ({
  help: 'walks for each input, each from a random start of its own; one success is enough',
  unit: 'walks',
  default: 1,
  minimum: 1,
  maximum: 10_000,
  integer: true,
  source,
});

export const randomStartParameter = (source: string): ChoiceDescriptor => ({
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
  (name: string): NonNullable<Attack['check']> =>
  ({ restarts, randomStart }: AttackParameters) => {
    if (randomStart !== 'no' || restarts === 1) return;
    const expected = '1 where randomStart is no';
    throw new ToolkitError('bad-value', {
      what: `${name} restarts`,
      expected,
      received: JSON.stringify(restarts),
    });
  };
