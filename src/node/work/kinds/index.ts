import type { z } from 'zod';
import { lookUp } from '../../../core/base/names.js';
import type { StepKind } from '../step-kind.js';
import { accuracy } from './accuracy-step.js';
import { adversarialImages } from './adversarial-images-step.js';
import { attack } from './attack-step.js';
import { auditChunk } from './audit-chunk-step.js';
import { compress } from './compress-step.js';
import { gallery } from './gallery-step.js';
import { probe } from './probe-step.js';
import { substitute } from './substitute-step.js';
import { testAccuracy } from './test-accuracy-step.js';
import { throughput } from './throughput-step.js';
import { train } from './train-step.js';
import { weights } from './weights-step.js';

/** Every kind of work. A new one is one file beside this one and one entry here. */
export const kinds = {
  accuracy,
  'adversarial-images': adversarialImages,
  attack,
  'audit-chunk': auditChunk,
  compress,
  gallery,
  'test-accuracy': testAccuracy,
  probe,
  substitute,
  throughput,
  train,
  weights,
} as const satisfies Readonly<Record<string, StepKind>>;

type Kinds = typeof kinds;
export type KindName = keyof Kinds;

/** Numbers that a kind gives. */
export type MetaOf<K extends KindName> = z.infer<Kinds[K]['output']>;
/** Parameters of a kind, as its steps are run with. */
export type ParametersOf<K extends KindName> = z.infer<Kinds[K]['parameters']>;

/** @throws ToolkitError `unknown-name` */
export const kindNamed = (name: string): StepKind => lookUp<StepKind>(kinds, name, 'kind of step');
