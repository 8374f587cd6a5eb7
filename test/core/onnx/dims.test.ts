import { describe, expect, it } from 'vitest';
import {
  atLeast,
  compare,
  degree,
  difference,
  product,
  quotient,
  substitute,
  sum,
  symbolNamed,
} from '../../../src/core/onnx/dims.js';

describe('symbolic dimensions', () => {
  it.each([
    [product(['N', 2, 'N', 3]), '6*N*N'],
    [product(['N+1', 2]), '2*N+2'],
    [product(['N', 0]), 0],
    [product(['N-1', 'N+1']), 'N*N-1'],
    [sum(['N', 1, 'N', 2]), '2*N+3'],
    [sum(['T*N', 'N*T', -1]), '2*N*T-1'],
    [difference('2*N', 'N'), 'N'],
    [difference('N', 'N'), 0],
    [difference(1, 'N'), '-N+1'],
    [quotient('4*N', 2), '2*N'],
    [quotient('4*N+8', 4), 'N+2'],
    [quotient('4*N*T', '2*N'), '2*T'],
    [quotient('N+1', 'N+1'), 1],
    [quotient('N+1', 2), undefined],
    [quotient('N', 'T'), undefined],
    [quotient(7, 2), undefined],
    [substitute('3*N*T+N-1', 'N', 2), '6*T+1'],
    [substitute('N', 'N', 'M'), 'M'],
  ])('%j is %j', (result, expected) => {
    expect(result).toBe(expected);
  });

  it('takes symbols for sizes of at least 1', () => {
    expect([compare('N', -1), compare('N', 0), compare('N', 1), compare('2*N', 1)]).toEqual([
      1,
      1,
      undefined,
      1,
    ]);
    expect([compare('N', 'N'), compare('N', 'N+1'), compare('N', 'T')]).toEqual([0, -1, undefined]);
    expect([atLeast('N', 1), atLeast('N', 2), atLeast('N*T', 'N')]).toEqual([true, false, false]);
  });

  it('counts how often a symbol is a factor', () => {
    expect([degree('3*N', 'N'), degree('N*N', 'N'), degree('N*T+N', 'N'), degree(4, 'N')]).toEqual([
      1, 2, 1, 0,
    ]);
    expect(degree('N+1', 'N')).toBe(Number.POSITIVE_INFINITY);
  });

  it('keeps operators out of names', () => {
    expect(['5', 'a-b', 's0 + 1', '2*x'].map(symbolNamed)).toEqual(['_5', 'a_b', 's0___1', '2_x']);
  });
});
