import type { Dataset } from '../../src/core/data/dataset.js';
import type { Tensor } from '../../src/core/tensor/tensor.js';
import { loadMnist } from '../../src/node/datasets/mnist.js';

let loaded: Promise<Dataset> | undefined;

/** MNIST, read once for each test file. */
export function mnist(): Promise<Dataset> {
  loaded ??= loadMnist();
  return loaded;
}

/** The first test images and their labels. */
export async function digits(count: number): Promise<{ images: Tensor<'float32'>; labels: number[] }> {
  const { test } = await mnist();
  const { images, labels } = test.batch([...Array(count).keys()]);
  return { images, labels: Array.from(labels.data, Number) };
}
