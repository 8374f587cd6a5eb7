import { expect, it } from 'vitest';
import { attacks } from '../../src/core/attacks/index.js';
import type { ParametersOf } from '../../src/core/base/parameters.js';
import { architectures } from '../../src/core/models/architectures.js';
import { objectives } from '../../src/core/models/objectives/index.js';
import { reshapings } from '../../src/core/reshaping/index.js';
import { adversaries } from '../../src/core/training/adversaries.js';
import { augmentations } from '../../src/core/training/augmentations.js';
import { optimizers } from '../../src/core/training/optimizers.js';
import { schedules } from '../../src/core/training/schedules.js';
import { studies } from '../../src/node/apps/study/index.js';
import { datasets } from '../../src/node/datasets/index.js';

const named = {
  attacks,
  objectives,
  reshapings,
  adversaries,
  augmentations,
  optimizers,
  schedules,
  architectures,
  datasets,
};

it.each(Object.entries<Readonly<Record<string, { readonly name: string }>>>(named))(
  'entries of %s go by their own names',
  (_, registry) => {
    for (const [name, entry] of Object.entries(registry)) expect(entry.name).toBe(name);
  },
);

it('a name that a registry does not have does not compile', () => {
  // @ts-expect-error
  expect(attacks.fgms).toBeUndefined();
  // @ts-expect-error
  expect(objectives['cross-entropi']).toBeUndefined();
  // @ts-expect-error
  expect(reshapings.hsah).toBeUndefined();
  // @ts-expect-error
  expect(adversaries.pdg).toBeUndefined();
  // @ts-expect-error
  expect(augmentations.filp).toBeUndefined();
  // @ts-expect-error
  expect(optimizers.adma).toBeUndefined();
  // @ts-expect-error
  expect(schedules['one-cicle']).toBeUndefined();
  // @ts-expect-error
  expect(architectures.dnn4).toBeUndefined();
  // @ts-expect-error
  expect(datasets.mnits).toBeUndefined();
  // @ts-expect-error
  expect(studies.cifar).toBeUndefined();
});

it('parameters have the types of their descriptors', () => {
  const given: ParametersOf<typeof attacks.pgd.parameters> = {
    steps: 3,
    stepSize: 0.1,
    randomStart: 'no',
    restarts: 1,
  };
  const [steps, start]: [number, 'yes' | 'no'] = [given.steps, given.randomStart];
  expect([steps, start]).toEqual([3, 'no']);
});
