import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scratch } from '../../../src/node/store/artifact-store.js';
import { RunDirectory } from '../../../src/node/store/run-directory.js';
import { environmentOf, environmentsOf, PartialProvenance } from '../../../src/node/work/provenance.js';

const here = environmentOf({ version: '1.30.0', device: 'cpu' });
const there = environmentOf({ version: '1.30.0', device: 'cuda' });

let root: string;
let scratch: Scratch;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'foolproof-provenance-'));
  const run = await RunDirectory.open(root);
  scratch = run.step('train', 'a'.repeat(64)).scratch;
  await run.close();
});
afterEach(() => rm(root, { recursive: true, force: true }));

const earlierAt = async (place: typeof here) => (await PartialProvenance.open(scratch, place)).earlier;
const work = async (place: typeof here) => (await PartialProvenance.open(scratch, place)).mark();

describe('the provenance of an unfinished step', () => {
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
    await PartialProvenance.open(scratch, there);
    expect(await earlierAt(here)).toEqual([]);
  });

  it.each(['', '[{', '{"cpu": 1}', '[{"cpu": "strange"}]', '[null]'])(
    'is empty when damaged: %j',
    async (text) => {
      await scratch.write('environments.json', text);
      expect(await earlierAt(here)).toEqual([]);
    },
  );

  it('ends in where a step was finished', () => {
    const provenance = { ...here, toolkit: '0', finished: 'now', earlier: [there] };
    expect(environmentsOf(provenance)).toEqual([there, here]);
    expect(environmentsOf(here)).toEqual([here]);
  });
});
