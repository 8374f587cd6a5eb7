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
export {
  type DetectOptions,
  detectFormat,
  type Format,
  type FormatCandidate,
  type Origin,
  type Sample,
  type Stated,
  type StatedFormat,
} from './detect-format.js';
export { type FittedFormat, fitFormat } from './fit-format.js';
export { formatSentences } from './format-sentences.js';
export { type KnownValues, knownValues } from './known-values.js';
export { identityMap, isIdentity, type LabelMap, mapOfLabels } from './label-order.js';
