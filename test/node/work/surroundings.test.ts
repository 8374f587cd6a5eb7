import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from '../../../src/node/store/folder.js';
import { placesOf, surroundingsOf, Trail } from '../../../src/node/work/surroundings.js';

const here = surroundingsOf({ version: '1.30.0', device: 'cpu' });
const there = surroundingsOf({ version: '1.30.0', device: 'cuda' });

let scratch: Folder;
beforeEach(async () => {
  scratch = new Folder(await mkdtemp(join(tmpdir(), 'foolproof-trail-')));
});
afterEach(() => rm(scratch.root, { recursive: true, force: true }));

const earlierAt = async (place: typeof here) => (await Trail.open(scratch, place)).earlier;
const work = async (place: typeof here) => (await Trail.open(scratch, place)).mark();

describe('the trail of a step', () => {
  it('names no earlier place for one that was never moved', async () => {
    expect(await earlierAt(here)).toEqual([]);
    await work(here);
    await work(here);
    expect(await earlierAt(here)).toEqual([]);
  });

  it('names those where work was kept, in order, and this one again when it came back', async () => {
    await work(there);
    expect(await earlierAt(here)).toEqual([there]);
    await work(here);
    expect(await earlierAt(here)).toEqual([there]);
    expect(await earlierAt(there)).toEqual([there, here]);
  });

  it('does not count a place where nothing was kept', async () => {
    await Trail.open(scratch, there);
    expect(await earlierAt(here)).toEqual([]);
  });

  it.each(['', '[{', '{"cpu": 1}', '[{"cpu": "strange"}]', '[null]'])(
    'is empty when damaged: %j',
    async (text) => {
      await scratch.write('surroundings.json', text);
      expect(await earlierAt(here)).toEqual([]);
    },
  );

  it('ends in where a step was finished', () => {
    const provenance = { ...here, toolkit: '0', finished: 'now', earlier: [there] };
    expect(placesOf(provenance)).toEqual([there, here]);
    expect(placesOf(here)).toEqual([here]);
  });
});
