import { rangeValues, unitValues, type Values } from '../models/preprocessing/preprocessing.js';

/** A way of preparing numbers that models are known to expect. */
export interface KnownValues {
  readonly name: string;
  /** How sentences call it. */
  readonly title: string;
  readonly values: Values;
  /** Where it comes from. */
  readonly source: string;
  /** The number of channels that it is made for; any when absent. */
  readonly channels?: number;
  /** Of several that do equally well the lowest is believed: the fewer constants it rests on, the sooner. */
  readonly complexity: number;
}

const normalized = (mean: readonly number[], std: readonly number[]): Values => ({ scale: 1, mean, std });

/** What is tried on a model that comes without a word. A new one is an entry here. */
export const knownValues: readonly KnownValues[] = [
  {
    name: 'unit',
    title: 'values 0 to 1',
    values: unitValues,
    source: 'torchvision ToTensor; the format of models that this toolkit trains',
    complexity: 0,
  },
  {
    name: 'symmetric',
    title: 'values -1 to 1',
    values: rangeValues(-1, 1),
    source: 'ONNX metadata Normalized_1_1; keras.applications mode "tf"; torchvision Normalize(0.5, 0.5)',
    complexity: 1,
  },
  {
    name: 'mnist',
    title: 'values normalized by the mean and deviation of MNIST',
    values: normalized([0.1307], [0.3081]),
    source: 'https://github.com/pytorch/examples/blob/main/mnist/main.py',
    channels: 1,
    complexity: 2,
  },
  {
    name: 'cifar10',
    title: 'values normalized by the mean and deviation of CIFAR-10',
    values: normalized([0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616]),
    source: 'statistics over all training pixels, to four digits',
    channels: 3,
    complexity: 2,
  },
  {
    name: 'cifar10-by-image',
    title: "values normalized by CIFAR-10's mean and mean deviation within an image",
    values: normalized([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.201]),
    source: 'https://github.com/kuangliu/pytorch-cifar/blob/master/main.py',
    channels: 3,
    complexity: 2,
  },
  {
    name: 'imagenet',
    title: 'values normalized by the mean and deviation of ImageNet',
    values: normalized([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    source: 'https://docs.pytorch.org/vision/stable/models.html',
    channels: 3,
    complexity: 2,
  },
  {
    name: 'caffe',
    title: 'values 0 to 255 less the mean of ImageNet, blue first',
    values: { scale: 255, mean: [103.939, 116.779, 123.68], std: [1], channelOrder: 'BGR' },
    source: 'keras.applications mode "caffe" (VGG, ResNet); the models of Caffe',
    channels: 3,
    complexity: 3,
  },
  // Last: numbers 255 times too large saturate a network of ReLUs and yet leave most of its classes right.
  {
    name: 'bytes',
    title: 'values 0 to 255',
    values: rangeValues(0, 255),
    source: 'ONNX metadata NominalRange_0_255; models of TensorFlow that rescale inside',
    complexity: 4,
  },
];

/** Those that are made for images of this many channels. */
export const valuesFor = (channels: number): readonly KnownValues[] =>
  knownValues.filter((known) => known.channels === undefined || known.channels === channels);
