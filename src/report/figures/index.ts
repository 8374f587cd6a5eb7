import { accuracy } from './accuracy.js';
import { accuracyTau } from './accuracy-tau.js';
import type { Figure } from './figure.js';
import { gradients } from './gradients.js';
import { gradientsTau } from './gradients-tau.js';
import { inhibition } from './inhibition.js';
import { successElements } from './success-elements.js';
import { successEpsilon } from './success-epsilon.js';
import { training } from './training.js';
import { weights } from './weights.js';
import { weightsLayers } from './weights-layers.js';

/** All figures, in the order of the report. A new figure is one file and one line here. */
export const figures: readonly Figure[] = [
  accuracy,
  training,
  successEpsilon,
  successElements,
  weights,
  weightsLayers,
  gradients,
  inhibition,
  gradientsTau,
  accuracyTau,
];

export { type Figure, type FigureSection, figureName, paperFigure } from './figure.js';
