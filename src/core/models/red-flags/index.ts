import { shown } from '../../base/text/index.js';
import type { Model } from '../../onnx/graph.js';
import { ambiguousTensor, conspicuousText } from './file-flags.js';
import { ModelView, type RedFlag } from './red-flag.js';
import {
  batchDependentBranch,
  customOperator,
  inputDependentBranch,
  localFunction,
  randomness,
  roundingSwitch,
} from './structure-flags.js';

/** What is looked for in every file. A new red flag is one entry. */
export const redFlags = {
  'input-dependent-branch': inputDependentBranch,
  'rounding-switch': roundingSwitch,
  'batch-dependent-branch': batchDependentBranch,
  'random-numbers': randomness,
  'custom-operator': customOperator,
  'ambiguous-tensor': ambiguousTensor,
  'conspicuous-text': conspicuousText,
  'local-function': localFunction,
} as const satisfies Readonly<Record<string, RedFlag>>;

export type RedFlagName = keyof typeof redFlags;

export const redFlagNames = Object.keys(redFlags) as RedFlagName[];

/** A red flag that a file raises. JSON throughout. */
export interface RaisedFlag {
  readonly id: RedFlagName;
  readonly severity: RedFlag['severity'];
  readonly text: string;
  /** How many places raise it. */
  readonly count: number;
  /** The first of them, escaped and shortened. */
  readonly where: readonly string[];
}

/** Places that are named. */
const MAX_PLACES = 5;
/** The red flags of a model as its file has it; nothing is run. */
export function raisedFlags(model: Model): RaisedFlag[] {
  const view = new ModelView(model);
  return Object.entries(redFlags).flatMap(([id, { severity, text, find }]) => {
    const where = [...new Set(find(view))];
    if (where.length === 0) return [];
    const places = where.slice(0, MAX_PLACES).map((name) => shown(name));
    return [{ id: id as RedFlagName, severity, text, count: where.length, where: places }];
  });
}
