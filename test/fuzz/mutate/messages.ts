import { create, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { operators } from '../../../src/core/onnx/operators/index.js';
import type { Random } from '../../support/toolkit.js';
import { pick } from './bytes.js';

/*
 * Changes of a decoded message that know its structure: any field of any message inside it gets another
 * value of its kind, entries of lists are removed, repeated, moved and taken from elsewhere in the file.
 */

type Fields = Record<string, unknown>;

interface Part {
  readonly message: Fields;
  readonly schema: DescMessage;
}

const whole = [0n, 1n, -1n, 2n, 3n, 7n, 64n, 1000n, 2n ** 31n - 1n, 2n ** 31n, -(2n ** 31n), 2n ** 53n + 1n];
const WHOLE: readonly bigint[] = [...whole, 2n ** 63n - 1n, -(2n ** 63n), 10n ** 12n, 100_000n];
const REAL = [0, -0, 1, -1, 0.5, 1e-38, 3e38, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const WORDS = [
  ...['', ' ', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '\0', '\x1b[31m', '\n'],
  ...['a*b', 'N+1', '2*N-', '-', '*', '+', '1', 'N', 'x', 'floor(N/2)', 'N**2', '🙂', '\u202e', 'ai.onnx'],
  ...['com.microsoft', 'ai.onnx.ml', 'SAME_UPPER', 'axis', 'axes', 'to', 'value', 'foolproof.reshapings'],
  'x'.repeat(5000),
];
const OPERATORS = Object.keys(operators).map((name) => name.split('::').at(-1) ?? name);
/** Entries that a list gets at once. */
const MANY = 300;

/** All messages inside of one, itself included. */
function partsOf(message: Fields, schema: DescMessage, found: Part[] = []): Part[] {
  found.push({ message, schema });
  for (const field of schema.fields) {
    const value = read(message, field);
    if (field.fieldKind === 'message' && value) partsOf(value as Fields, field.message, found);
    if (field.fieldKind === 'list' && field.listKind === 'message') {
      for (const item of value as Fields[]) partsOf(item, field.message, found);
    }
  }
  return found;
}

function read(message: Fields, field: DescField): unknown {
  if (!field.oneof) return message[field.localName];
  const chosen = message[field.oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === field.localName ? chosen.value : undefined;
}

function write(message: Fields, field: DescField, value: unknown): void {
  if (field.oneof) message[field.oneof.localName] = { case: field.localName, value };
  else if (value === undefined) delete message[field.localName];
  else message[field.localName] = value;
}

/** Changes a message in one place. Nothing of it is shared with what it was made from. */
export function mutateMessage(root: Message, schema: DescMessage, random: Random): void {
  const parts = partsOf(root as unknown as Fields, schema);
  const { message, schema: own } = pick(random, parts);
  // A field that is there is more interesting than one that is not.
  const present = own.fields.filter((field) => !isEmpty(read(message, field)));
  const field = pick(random, present.length > 0 && random.integer(5) > 0 ? present : own.fields);
  if (field === undefined) return;
  if (field.fieldKind === 'list') mutateList(message, field, parts, random);
  else write(message, field, another(field, read(message, field), parts, random));
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  ((Array.isArray(value) || value instanceof Uint8Array) && value.length === 0);

function mutateList(
  message: Fields,
  field: DescField & { fieldKind: 'list' },
  parts: readonly Part[],
  random: Random,
) {
  const list = [...(read(message, field) as unknown[])];
  const at = random.integer(list.length + 1);
  switch (random.integer(6)) {
    case 0:
      list.splice(at, 1);
      break;
    case 1:
      list.splice(at, 0, another(field, list[at], parts, random));
      break;
    case 2: {
      const to = random.integer(list.length + 1);
      list.splice(to, 0, ...list.splice(at, 1));
      break;
    }
    case 3:
      list.splice(
        at,
        0,
        ...Array.from({ length: 1 + random.integer(MANY) }, () =>
          clone(list[at] ?? another(field, undefined, parts, random)),
        ),
      );
      break;
    default:
      if (list.length > 0) list[at % list.length] = another(field, list[at % list.length], parts, random);
  }
  write(message, field, list);
}

const clone = <T>(value: T): T => structuredClone(value);

/** Another value of the kind of a field, or of the entries of a list. */
function another(field: DescField, old: unknown, parts: readonly Part[], random: Random): unknown {
  if (field.fieldKind === 'message' || (field.fieldKind === 'list' && field.listKind === 'message')) {
    const same = parts.filter(({ schema }) => schema.typeName === field.message?.typeName);
    if (same.length > 0 && random.integer(4) > 0) return clone(pick(random, same).message);
    return field.fieldKind === 'message' && random.integer(2) === 0 && !field.oneof
      ? undefined
      : create(field.message as DescMessage);
  }
  if (typeof old === 'bigint' || field.scalar === 3) {
    return random.integer(3) === 0 ? pick(random, WHOLE) : BigInt(random.integer(12) - 3);
  }
  if (old instanceof Uint8Array) return mutatedBytes(old, random);
  if (typeof old === 'string' || field.scalar === 9) return word(field, parts, random);
  if (field.fieldKind === 'enum') return random.integer(30);
  if (typeof old === 'number') {
    if (field.scalar === 1 || field.scalar === 2) return pick(random, REAL);
    return random.integer(3) === 0 ? pick(random, [-1, 2 ** 31 - 1, -(2 ** 31)]) : random.integer(30);
  }
  return old;
}

function mutatedBytes(old: Uint8Array, random: Random): Uint8Array {
  if (random.integer(3) === 0) return old.slice(0, random.integer(old.length + 1));
  if (random.integer(3) === 0) return new TextEncoder().encode(pick(random, WORDS));
  const copy = old.slice();
  for (let i = 0; i < copy.length; i++) if (random.integer(8) === 0) copy[i] = random.integer(256);
  return copy;
}

/** Names of other things in the file are what a name is most interestingly replaced by. */
function word(field: DescField, parts: readonly Part[], random: Random): string {
  if (field.localName === 'opType' && random.integer(4) > 0) return pick(random, OPERATORS);
  if (random.integer(2) === 0) return pick(random, WORDS);
  const { message } = pick(random, parts);
  const texts = [message.name, message.input, message.output, message.key].flat();
  const names = texts.filter((text) => typeof text === 'string' && text !== '') as string[];
  return names.length > 0 ? pick(random, names) : pick(random, WORDS);
}
