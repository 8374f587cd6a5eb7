export {
  identityMap,
  isIdentity,
  type LabelMap,
} from '../models/class-order.js';
export type { Format, FormatCandidate, Origin } from '../models/preprocessing/input-format.js';
export {
  fittingLayouts,
  type ImageShape,
  imageShapeOf,
  type Layout,
  layoutNames,
  layouts,
} from '../models/preprocessing/layouts.js';
export {
  type ChannelOrder,
  channelOrders,
  type Preprocessing,
  rangeValues,
  unitValues,
  type Values,
  withPreprocessing,
} from '../models/preprocessing/preprocessing.js';
export { detectFormat } from './detect-format.js';
export type { DetectOptions } from './detect-options.js';
export { formatSentences } from './format-sentences.js';
export { type KnownValues, knownValues } from './known-values.js';
export { orderOfLabels } from './label-order.js';
export { type PrepareModelOptions, prepareModel } from './prepare-model.js';
export type { Sample, Stated, StatedFormat } from './stated-format.js';
