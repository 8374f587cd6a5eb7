import { describe, expect, it } from 'vitest';
import {
  fittingLayouts,
  type ImageShape,
  imageShapeOf,
  type Layout,
} from '../../../../src/core/formats/index.js';
import { fits } from '../../../../src/core/models/preprocessing/layouts.js';
import { dataOf } from '../../../support/errors.js';
import type { Dim } from '../../../support/toolkit.js';

type ImageDims = readonly [number, number, number];

describe('layouts that fit', () => {
  it.each<[readonly Dim[], ImageDims, readonly Layout[]]>([
    [[3, 32, 32], [3, 32, 32], ['NCHW']],
    [[32, 32, 3], [3, 32, 32], ['NHWC']],
    [
      ['c', 'h', 'w'],
      [3, 32, 32],
      ['NCHW', 'NHWC'],
    ],
    [
      [3, 3, 3],
      [3, 3, 3],
      ['NCHW', 'NHWC'],
    ],
    [['h', 'w', 3], [3, 32, 32], ['NHWC']],
    [[3072], [3, 32, 32], ['flat', 'flat-HWC']],
    [[784], [1, 28, 28], ['flat']],
    [['D'], [1, 28, 28], ['flat']],
    [[28, 28], [1, 28, 28], ['NHW']],
    [[1, 28, 28], [1, 28, 28], ['NCHW']],
    [[28, 28, 1], [1, 28, 28], ['NHWC']],
  ])('%j and images of %j: %j', (given, dims, expected) => {
    expect(fittingLayouts(given, dims, 'm')).toEqual(expected);
  });

  it.each<[readonly Dim[], ImageDims, RegExp]>([
    [[3, 224, 224], [3, 32, 32], /^Stretch images of a folder to 224 x 224 /],
    [[3, 32, 32], [1, 32, 32], /^It takes coloured images, these are grey\.$/],
    [[28, 28], [3, 28, 28], /^It takes grey images, these are coloured\.$/],
    [[100], [1, 28, 28], /^1 x 28 x 28 are 784 numbers; it needs 100\.$/],
    [[2, 3, 4, 5], [1, 28, 28], /Is this the data set/],
  ])('none for %j and images of %j', async (given, dims, hint) => {
    expect((await dataOf('data-mismatch', () => fittingLayouts(given, dims, 'm'))).hint).toMatch(hint);
  });

  it('never take a shape of another rank', () => {
    expect(fits([], [1])).toBe(false);
    expect(fits(['N'], [])).toBe(false);
  });
});

it.each<[readonly Dim[], ImageShape]>([
  [[3, 224, 200], { channels: 3, size: [224, 200] }],
  [[224, 200, 3], { channels: 3, size: [224, 200] }],
  [[1, 28, 28], { channels: 1, size: [28, 28] }],
  [[28, 28], { channels: 1, size: [28, 28] }],
  [[3, 'h', 'w'], { channels: 3, size: null }],
  [['c', 32, 32], { channels: null, size: null }],
  [[784], { channels: null, size: null }],
])('an input of %j suggests %j', (given, expected) => {
  expect(imageShapeOf(given)).toEqual(expected);
});
