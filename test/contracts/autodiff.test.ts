import { describe, expect, it } from 'vitest';
import type { Rule } from '../../src/core/autodiff/rule.js';
import { ruleSets } from '../../src/core/autodiff/rules/index.js';
import { operatorKey } from '../../src/core/onnx/graph.js';
import { compare, type GradientCase } from '../support/differences.js';
import { arrangementCases } from './autodiff/arrangement.js';
import { convolutionCases } from './autodiff/convolution.js';
import { elementwiseCases } from './autodiff/elementwise.js';
import { linearCases } from './autodiff/linear.js';
import { normalizationCases } from './autodiff/normalization.js';
import { poolingCases } from './autodiff/pooling.js';
import { reductionCases } from './autodiff/reduction.js';
import { resamplingCases } from './autodiff/resampling.js';
import { structureCases } from './autodiff/structure.js';
import { sequenceCases, trigonometryCases } from './autodiff/trigonometry.js';

const cases: readonly GradientCase[] = [
  ...elementwiseCases,
  ...linearCases,
  ...convolutionCases,
  ...poolingCases,
  ...structureCases,
  ...arrangementCases,
  ...reductionCases,
  ...normalizationCases,
  ...resamplingCases,
  ...trigonometryCases,
  ...sequenceCases,
];

/** Operators without a case, and why. */
const skipped: Readonly<Record<string, string>> = {
  DequantizeLinear: 'its input is no float: test/core/autodiff/quantization.test.ts',
  'com.microsoft::DequantizeLinear': 'as DequantizeLinear',
};

const rules = Object.entries<Rule>(ruleSets.exact);
const differentiable = rules.flatMap(([op, { kind }]) =>
  kind === 'none' || kind === 'unsupported' ? [] : [op],
);
const isFree = (test: GradientCase) =>
  test.inputs.some((spec) => spec.dims.some((dim) => typeof dim === 'string'));

describe('gradient rules', () => {
  it.each(differentiable)('%s has a case', (op) => {
    if (skipped[op]) return;
    expect(cases.some((test) => test.op === op)).toBe(true);
  });

  it('has no case without a rule', () => {
    expect(cases.map((test) => test.op).filter((op) => !differentiable.includes(op))).toEqual([]);
  });

  it('has no two cases of one name', () => {
    const names = cases.map((test) => `${test.op}: ${test.title}`);
    expect(names.filter((name, i) => names.indexOf(name) < i)).toEqual([]);
  });

  it.each(rules)('%s says what happens at kinks if it has any', (_, rule) => {
    expect(Boolean(rule.kinks)).toBe(rule.kind === 'subgradient');
  });

  for (const op of differentiable.filter((name) => !skipped[name])) {
    describe(op, () => {
      for (const test of cases.filter((c) => c.op === op)) {
        for (const free of isFree(test) ? [false, true] : [false]) {
          it(`${test.title}${free ? ', free dimensions' : ''}`, async () => {
            const { model, differences } = await compare(test, free);
            expect(model.graph.nodes.map(operatorKey)).toContain(op);
            expect(differences.slice(0, 5)).toEqual([]);
          });
        }
      }
    });
  }
});
