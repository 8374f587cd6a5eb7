import { describe, expect, it } from 'vitest';
import {
  forwardCost,
  modelNames,
  notationOf,
  orderedChoices,
  parseChoice,
} from '../../../../src/node/apps/study/choices.js';

const ordered = (...texts: string[]) => orderedChoices(texts).map((c) => c.text);

describe('the models of a study', () => {
  it('are compressions, networks, or both', () => {
    expect(parseChoice('hash:0.125')).toMatchObject({ text: 'hash:0.125' });
    expect(parseChoice(' vgg16 ')).toMatchObject({ text: 'vgg16', network: 'vgg16' });
    expect(parseChoice('dnn1+none').text).toBe('dnn1');
    expect(parseChoice('dnn1+hash:1/16')).toMatchObject({ text: 'dnn1+hash:1/16', network: 'dnn1' });
  });

  it('refuses what is neither, with the nearest of both', () => {
    expect(() => parseChoice('vgg19')).toThrow(/did you mean "vgg16"/);
    expect(() => parseChoice('hsh:1/8')).toThrow(/did you mean "hash"/);
    expect(() => parseChoice('dnn1+hash:1/8+inhibit:0.1')).toThrow(/joined by \+/);
    expect(() => parseChoice('dnn1+dnn2')).toThrow(/unknown reshaping "dnn2"/);
    expect(() => parseChoice('constructor')).toThrow(/unknown model/);
  });

  it('come network by network, each by rising compression', () => {
    expect(ordered('hash:1/64', 'none', 'hash:1/8')).toEqual(['none', 'hash:1/8', 'hash:1/64']);
    // A HashNet that stores as many numbers is still not the uncompressed network.
    expect(ordered('hash:1', 'none')).toEqual(['none', 'hash:1']);
    expect(ordered('vgg16+hash:1/8', 'dnn1+hash:1/8', 'vgg16', 'dnn1+hash:1/2', 'dnn1')).toEqual([
      'vgg16',
      'vgg16+hash:1/8',
      'dnn1',
      'dnn1+hash:1/2',
      'dnn1+hash:1/8',
    ]);
    expect(() => ordered('dnn1', 'dnn1+none')).toThrow(/each model once/);
    // One compression of two networks is two models.
    expect(ordered('dnn1+hash:1/8', 'dnn2+hash:1/8')).toHaveLength(2);
  });

  it('have names for files and for figures', () => {
    const names = (text: string) => Object.values(modelNames(parseChoice(text)));
    expect(names('none')).toEqual(['uncompressed', 'Uncompressed']);
    expect(names('hash:1/64')).toEqual(['hash-1-64', 'HashNet 1/64']);
    expect(names('vgg16')).toEqual(['vgg16', 'VGG-16']);
    expect(names('dnn1+hash:1/16')).toEqual(['dnn1-hash-1-16', 'DNN1, HashNet 1/16']);
  });

  it('are keyed by what a name stands for, and weigh what they cost', () => {
    expect(notationOf(parseChoice('hash:1/8'), '784-F32-10')).toBe('784-F32-10');
    expect(notationOf(parseChoice('dnn1'), '784-F32-10')).toMatch(/^3x32x32-C32k3b-/);
    expect(forwardCost('784-F32-10', 5)).toBeCloseTo((784 * 32 + 320) / 1e6, 12);
  });
});
