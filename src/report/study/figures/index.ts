import { accuracy } from './accuracy-figure.js';
import { accuracyTau } from './accuracy-tau.js';
import { gradients } from './gradients-figure.js';
import { gradientsTau } from './gradients-tau.js';
import { inhibition } from './inhibition-figure.js';
import type { Figure } from './study-figure.js';
import { successElements } from './success-elements.js';
import { successEpsilon } from './success-epsilon.js';
import { training } from './training-figure.js';
import { weights } from './weights-figure.js';
import { weightsLayers } from './weights-layers.js';

/** All figures, in the order of the report. A new figure is one file and one line here. */
export const figures = {
  accuracy,
  'training-curves': training,
  'success-epsilon': successEpsilon,
  'success-elements': successElements,
  weights,
  'weights-layers': weightsLayers,
  gradients,
  inhibition,
  'gradients-tau': gradientsTau,
  'accuracy-tau': accuracyTau,
} as const satisfies Readonly<Record<string, Figure>>;

export { type Figure, type FigureSection, figureName, paperFigure } from './study-figure.js';
