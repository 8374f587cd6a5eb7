import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { crashText } from '../../src/cli/supervisor.js';
import { smallModel, spawnCli, workplace, writeData, writeModel } from './support.js';

const place = workplace();

describe('what is told of a crash', () => {
  it('names the models and the probable cause', () => {
    const model = writeModel(place.path('m\x1b.onnx'), smallModel());
    expect(crashText(['attack', model, 'none.onnx', '--json', '-'], 'SIGFPE')).toMatch(
      /m\\x1b\.onnx: .*\(SIGFPE\); it cannot compute this model\.$/,
    );
    expect(crashText(['reproduce'], 'SIGKILL')).toMatch(/^this command: .* not enough memory\.$/);
  });
});

/** The process that does the work for another one. */
const childOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());

describe.skipIf(process.platform !== 'linux')('a crash of the engine', { timeout: 90_000 }, () => {
  it('is one line with code 2', async () => {
    const model = writeModel(place.path('model.onnx'), smallModel());
    const data = writeData(place.path('data.npz'));
    // A pipe that nobody reads: a step that never ends.
    execFileSync('mkfifo', [place.path('pipe')]);
    const argv = ['--dataset', 'npz', '--data', data, '--samples', '4', '--json', place.path('pipe')];
    const child = spawnCli(['attack', model, ...argv]);
    await child.said('4 images, ');
    process.kill(childOf(child.pid), 'SIGSEGV');
    const { code, err } = await child.done;
    expect(code).toBe(2);
    expect(err.trim().split('\n').at(-1)).toMatch(
      /^foolproof: .*model\.onnx: ONNX Runtime ended .*\(SIGSEGV\)/,
    );
  });
});
