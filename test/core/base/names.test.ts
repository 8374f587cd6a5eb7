import { describe, expect, it } from 'vitest';
import { findIn, lookUp, nameIn, namesOf, nearest } from '../../../src/core/base/names.js';
import { dataOf } from '../../support/errors.js';

const known = ['cross-entropy', 'cross-entropy-clipped', 'margin', 'dlr', 'adam', 'sgd'];

describe('nearest', () => {
  it.each([
    ['margn', 'margin'],
    ['MARGIN', 'margin'],
    ['cross_entropy', 'cross-entropy'],
    ['crossentropyclipped', 'cross-entropy-clipped'],
    ['adma', 'adam'],
    // The closer of two that would do.
    ['cross-entropie', 'cross-entropy'],
    ['completely different', undefined],
    ['momentum', undefined],
  ])('%s -> %s', (name, expected) => {
    expect(nearest(name, known)).toBe(expected);
  });

  it('has nothing to offer where nothing is known', () => {
    expect(nearest('x', [])).toBeUndefined();
  });
});

describe('lookUp', () => {
  const registry = { adam: 1, sgd: 0 };

  it('finds what is there, falsy or not', () => {
    expect(lookUp(registry, 'adam', 'optimizer')).toBe(1);
    expect(lookUp(registry, 'sgd', 'optimizer')).toBe(0);
  });

  it.each(['toString', '__proto__', 'constructor', 'hasOwnProperty'])(
    'does not mistake %s for an entry',
    async (name) => {
      expect((await dataOf('unknown-name', () => lookUp(registry, name, 'optimizer'))).name).toBe(name);
    },
  );

  it('says what there is, and what was probably meant', async () => {
    const data = await dataOf('unknown-name', () => lookUp(registry, 'Adm', 'optimizer'));
    expect(data).toEqual({ what: 'optimizer', name: 'Adm', known: ['adam', 'sgd'], nearest: 'adam' });
    expect(() => lookUp(registry, 'Adm', 'optimizer')).toThrowError(/did you mean "adam"\? Known: adam; sgd/);
  });
});

describe('names of a registry that the compiler knows', () => {
  const registry = { adam: 1, sgd: 0 } as const;

  it('are found, and nothing else is', async () => {
    expect(namesOf(registry)).toEqual(['adam', 'sgd']);
    const name: 'adam' | 'sgd' = nameIn(registry, 'sgd', 'optimizer');
    expect(registry[name]).toBe(0);
    expect((await dataOf('unknown-name', () => nameIn(registry, 'toString', 'optimizer'))).what).toBe(
      'optimizer',
    );
    expect(findIn(registry, 'adam')).toBe(1);
    expect(findIn(registry, 'constructor')).toBeUndefined();
  });
});
