import type { Advice } from '../../core/evaluation/findings/index.js';

/** The flags and commands behind the advice of a finding. */
const HINTS = {
  'state-input-format':
    'State the input format with --layout, --range, --mean, --std and --labels, or in a file beside the ' +
    'model.',
  'state-batch-size': 'State the batch size of deployment with --batch-size.',
  'add-differentiable-model':
    'Name the differentiable model too: foolproof audit original.onnx this.onnx --data ...',
  'check-gradient':
    'foolproof gradient writes the gradient as a model of its own, to be compared by differences.',
  'allow-more-time': 'Give the audit more time with --budget, or choose --effort full.',
} as const satisfies Readonly<Record<Advice['code'], string>>;

export const adviceHint = ({ code }: Advice): string => HINTS[code];
