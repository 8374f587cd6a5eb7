import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ruleSets } from '../../src/core/autodiff/rules/index.js';
import { lowerings } from '../../src/core/onnx/lowering/index.js';
import type { AttributeSpec } from '../../src/core/onnx/operators/attributes.js';
import { operators } from '../../src/core/onnx/operators/index.js';
import type { Operator } from '../../src/core/onnx/operators/operator.js';

/**
 * Attributes of each operator by its specification: name, kind, and "required", "-" (no default) or "=" with
 * the default. Written from the schemas of onnx 1.23 (operator set 26) and, for com.microsoft, of ONNX
 * Runtime 1.32.
 */
const specification = new Map(
  readFileSync(new URL('./operator-attributes.tsv', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [name = '', , ...attributes] = line.split('\t');
      return [name, attributes] as const;
    }),
);

const LISTS: readonly string[] = ['ints', 'floats', 'strings'];

/** An attribute of the table as the specification spells it. */
function spelled(name: string, { kind, required, fallback }: AttributeSpec): string {
  if (required) return `${name} ${kind} required`;
  if (fallback === undefined) return `${name} ${kind} -`;
  if (kind === 'float') return `${name} float =${float(fallback)}`;
  return `${name} ${kind} =${LISTS.includes(kind) ? (fallback as readonly unknown[]).join(',') : fallback}`;
}

const float = (value: unknown) => String(Math.fround(Number(value)));

const asFloats = (attribute: string) =>
  attribute.replace(/ float =(.*)$/, (_, number: string) => ` float =${float(number)}`);

/** Sparse tensors, types and lists of graphs are carried along as they are. */
const isModelled = (attribute: string) => !attribute.includes(' opaque ');

const entries = Object.entries<Operator>(operators);

describe('the table of operators', () => {
  it.each(entries)('%s has the attributes of its specification, with their defaults', (name, operator) => {
    const known = specification.get(name);
    expect(known).toBeDefined();
    const ours = Object.entries(operator.attributes).map(([key, spec]) => spelled(key, spec));
    expect(ours.sort()).toEqual(known?.filter(isModelled).map(asFloats).sort());
  });

  it.each(entries)(
    '%s has no attribute that its upgrade gives another kind',
    (_, { attributes, upgrade }) => {
      for (const [name, { kind }] of Object.entries(upgrade?.attributes ?? {})) {
        expect(attributes[name]?.kind ?? kind).toBe(kind);
      }
    },
  );

  it('has a rule for every operator, in every set', () => {
    for (const rules of Object.values(ruleSets)) {
      expect(Object.keys(rules).sort()).toEqual(Object.keys(operators).sort());
    }
  });

  it('differentiates what is lowered as other operators alone', () => {
    const kinds = Object.keys(lowerings).map((name) => ruleSets.exact[name as keyof typeof lowerings].kind);
    expect(new Set(kinds)).toEqual(new Set(['unsupported']));
  });
});
