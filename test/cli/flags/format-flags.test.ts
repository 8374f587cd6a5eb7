import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  type FormatFlags,
  formatOptions,
  resizeOption,
  statedByFlags,
} from '../../../src/cli/flags/format-flags.js';
import { rangeValues } from '../../../src/core/formats/index.js';
import { dataOf } from '../../support/errors.js';
import { workplace } from '../support.js';

const place = workplace();

function parse(...argv: string[]): FormatFlags & { resize?: readonly number[] } {
  const command = new Command();
  for (const option of [...formatOptions(), resizeOption()]) command.addOption(option);
  return command.parse(argv, { from: 'user' }).opts();
}

describe('the flags of a format', () => {
  it('say nothing when they are not there', async () => {
    expect(await statedByFlags(parse())).toEqual({});
  });

  it('say what they say', async () => {
    const flags = parse('--layout', 'NHWC', '--mean', '0.485,0.456,0.406', '--std', '0.229,0.224,0.225');
    expect(await statedByFlags(flags)).toEqual({
      layout: { value: 'NHWC', origin: 'given' },
      values: {
        value: { scale: 1, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
        origin: 'given',
      },
    });
    expect((await statedByFlags(parse('--range=-1,1'))).values!.value).toEqual(rangeValues(-1, 1));
    expect((await statedByFlags(parse('--range', '0,255', '--mean', '104,117,123'))).values!.value).toEqual({
      scale: 255,
      mean: [104, 117, 123],
      std: [1],
    });
    expect(parse('--resize', '32x48').resize).toEqual([32, 48]);
  });

  it('take a negative number behind a space, too', async () => {
    expect((await statedByFlags(parse('--range', '-1,1'))).values!.value).toEqual(rangeValues(-1, 1));
  });

  it('read labels from a list, from lines and from JSON', async () => {
    const labelsBy = async (text: string) => (await statedByFlags(parse('--labels', text))).labels!.value;
    expect(await labelsBy('cat, dog')).toEqual(['cat', 'dog']);
    expect(await labelsBy('2,0,1')).toEqual([2, 0, 1]);
    expect(await labelsBy('2,0,x')).toEqual(['2', '0', 'x']);
    writeFileSync(place.path('lines.txt'), 'cat\r\nfire truck, red\n');
    expect(await labelsBy(place.path('lines.txt'))).toEqual(['cat', 'fire truck, red']);
    writeFileSync(place.path('labels.json'), '["cat", 3]');
    expect(await labelsBy(place.path('labels.json'))).toEqual(['cat', 3]);
  });

  it.each<[string, readonly string[]]>([
    ['--range', ['--range', '1']],
    ['--range', ['--range', '1,1']],
    ['--range', ['--range', '0,white']],
    ['--mean', ['--mean', '1,2,3,4,5']],
    ['--mean', ['--mean', '']],
    ['--std', ['--std', '0.2,0']],
    ['--resize', ['--resize', '32']],
    ['--resize', ['--resize', '0x5']],
  ])('refuse %s as in %j', async (what, argv) => {
    expect((await dataOf('bad-value', () => parse(...argv))).what).toBe(what);
  });

  it('refuse an unknown layout, a missing file and labels that are none', async () => {
    expect(await dataOf('unknown-name', () => parse('--layout', 'nhwc'))).toMatchObject({ nearest: 'NHWC' });
    await dataOf('file-missing', () => statedByFlags({ labels: place.path('none.txt') }));
    await dataOf('bad-value', () => statedByFlags({ labels: 'a,,b' }));
    writeFileSync(place.path('bad.json'), '[{"id": 1}]');
    await dataOf('bad-value', () => statedByFlags({ labels: place.path('bad.json') }));
  });
});
