import { describe, expect, it } from 'vitest';
import { ToolkitError } from '../../../src/core/base/errors.js';
import { loadModelBytes } from '../../../src/core/models/model-file.js';
import { inspectModel } from '../../../src/core/models/model-summary.js';
import { largeModels } from '../../fuzz/large.js';

/** Seconds of processor time that so many nodes take at most, ten times what they do. */
const [NODES, SECONDS] = [1500, 10];

/** Time by the square of the nodes takes 30 and more seconds. */
describe('files that are large in one way', () => {
  it.each(Object.entries(largeModels(NODES)))(
    '%s is inspected in time that grows with it',
    async (_, make) => {
      const bytes = make();
      const before = process.cpuUsage();
      try {
        inspectModel((await loadModelBytes(bytes)).model);
      } catch (error) {
        expect(error).toBeInstanceOf(ToolkitError);
      }
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1e6).toBeLessThan(SECONDS);
    },
  );

  it('functions that double are refused before they are written out', async () => {
    const bytes = largeModels(1)['functions that double']?.() ?? new Uint8Array();
    await expect(loadModelBytes(bytes)).rejects.toMatchObject({ code: 'too-large' });
  });
});
