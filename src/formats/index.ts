export {
  type DetectOptions,
  detectFormat,
  type Format,
  type FormatCandidate,
  type Origin,
  type Sample,
  type Stated,
  type StatedFormat,
} from './detect.js';
export { type FittedFormat, fitFormat } from './fit.js';
export { type KnownValues, knownValues } from './known.js';
export { identityMap, isIdentity, type LabelMap, mapOfLabels } from './label-order.js';
export { fittingLayouts, type ImageShape, imageShapeOf, type Layout, layoutNames, layouts } from './layouts.js';
export {
  type ChannelOrder,
  channelOrders,
  type Preprocessing,
  rangeValues,
  unitValues,
  type Values,
  withPreprocessing,
} from './preprocessing.js';
export { readSidecar, type Sidecar, sidecarSchema, statedBy, statedFormat, valuesOf } from './sidecar.js';
export { formatSentences } from './wording.js';
