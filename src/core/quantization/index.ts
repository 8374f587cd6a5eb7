import { lookUp } from '../base/names.js';
import { joinName, readParameters, splitName } from '../base/parameter-text.js';
import { choice, type Descriptors, integer, number, type ParameterValues } from '../base/parameters.js';
import { calibrationNames, calibrations } from './ranges.js';

export { type CalibrateOptions, calibrate } from './calibrate.js';
export { quantizeDynamically } from './dynamic.js';
export { type ModelSize, modelSize } from './model-size.js';
export { type Placement, placementOf } from './placement.js';
export { type Calibration, type CalibrationName, calibrations, type Range } from './ranges.js';
export { type ActivationType, quantizeStatically } from './static.js';

/** How values between layers are rounded. */
export interface ActivationScheme<D extends Descriptors = Descriptors> {
  readonly name: string;
  readonly help: string;
  readonly source: string;
  readonly parameters: D;
}

const scheme = <const D extends Descriptors>(of: ActivationScheme<D>): ActivationScheme<D> => of;

/** Every way to round values between layers, by name. */
export const activationSchemes = {
  none: scheme({ name: 'none', help: 'not at all', source: 'none', parameters: {} }),
  static: scheme({
    name: 'static',
    help: 'with ranges that training images show',
    source: 'Jacob et al. 2018, "Quantization and training of neural networks"; ONNX Runtime',
    parameters: {
      calibration: choice({
        help: `what a range is: ${Object.values(calibrations)
          .map(({ name, help }) => `${name}, ${help}`)
          .join('; ')}`,
        choices: calibrationNames,
        default: 'minmax',
        source: 'the default of ONNX Runtime',
      }),
      images: integer({
        help: 'training images that are looked at',
        unit: 'images',
        default: 500,
        minimum: 1,
        maximum: 1e6,
        source: 'Krishnamoorthi 2018, section 3.1.2: a few hundred suffice',
      }),
      type: choice({
        help: 'element type of the codes',
        choices: ['uint8', 'int8'],
        default: 'uint8',
        source: 'Jacob et al. 2018, section 2.1',
      }),
      percentile: number({
        help: 'percent of the values inside the range, for the method of that name',
        unit: '%',
        default: 99.999,
        minimum: 50,
        maximum: 100,
        source: 'the default of ONNX Runtime',
      }),
    },
  }),
  dynamic: scheme({
    name: 'dynamic',
    help: 'with the range of each batch',
    source: 'ONNX Runtime, quantize_dynamic',
    parameters: {},
  }),
} as const satisfies Readonly<Record<string, ActivationScheme>>;

export type ActivationSchemeName = keyof typeof activationSchemes;

/** A scheme with its parameters, as the command line writes it: `static:percentile,images=500`, `none`. */
export interface ActivationChoice {
  readonly name: ActivationSchemeName;
  readonly parameters: ParameterValues;
  /** With every parameter. */
  readonly text: string;
}

/** @throws ToolkitError `unknown-name` or `bad-value` */
export function parseActivations(text: string): ActivationChoice {
  const named = splitName(text);
  const found = lookUp<ActivationScheme>(activationSchemes, named.name, 'rounding of activations');
  const { values, text: spelled } = readParameters(named, found.parameters);
  return {
    name: found.name as ActivationSchemeName,
    parameters: values,
    text: joinName(found.name, spelled),
  };
}
