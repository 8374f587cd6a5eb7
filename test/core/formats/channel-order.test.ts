import { describe, expect, it } from 'vitest';
import { Candidate } from '../../../src/core/formats/candidates.js';
import { exchanged } from '../../../src/core/formats/channel-order.js';
import { knownValues } from '../../../src/core/formats/known-values.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { type ImageDims, sampleOf, strangerOf } from './strangers.js';

const colour: ImageDims = [3, 4, 4];
const grey: ImageDims = [1, 4, 4];

async function candidate(name: string, dims = colour): Promise<Candidate> {
  const known = knownValues.find((k) => k.name === name)!;
  const model = strangerOf({ layout: 'NHWC', ...known.values }, dims);
  const { images } = sampleOf(4, dims);
  return new Candidate(model, 'NHWC', known, images, {
    runtime: await nodeRuntime(),
    source: 'm.onnx',
    batchSize: 128,
  });
}

describe('a candidate with blue and red exchanged', () => {
  it('keeps its layout, and the mean and deviation of each colour', async () => {
    const imagenet = await candidate('imagenet');
    expect(exchanged(imagenet, {})!.preprocessing).toEqual({
      layout: 'NHWC',
      channelOrder: 'BGR',
      scale: 1,
      mean: [0.406, 0.456, 0.485],
      std: [0.225, 0.224, 0.229],
    });
    expect(exchanged(imagenet, {})!.known.complexity).toBeGreaterThan(imagenet.known.complexity);
  });

  it('takes numbers that somebody said as they were said', async () => {
    const imagenet = await candidate('imagenet');
    const { values } = imagenet.known;
    const other = exchanged(imagenet, { values: { value: values, origin: 'given' } })!;
    expect(other.preprocessing).toEqual({ layout: 'NHWC', ...values, channelOrder: 'BGR' });
  });

  it('is not tried where the order is known, or there are no colours', async () => {
    for (const value of ['RGB', 'BGR'] as const) {
      expect(
        exchanged(await candidate('unit'), { channelOrder: { value, origin: 'metadata' } }),
      ).toBeUndefined();
    }
    expect(exchanged(await candidate('caffe'), {})).toBeUndefined();
    expect(exchanged(await candidate('unit', grey), {})).toBeUndefined();
  });
});
