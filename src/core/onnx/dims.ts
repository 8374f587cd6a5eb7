import { MODEL_LIMITS } from '../base/limits.js';
import type { Dim } from './graph.js';

/**
 * Arithmetic on dimensions that may be symbolic. A symbolic dimension is a polynomial with whole
 * coefficients, written "4*N", "N*T+1" or "2*N-1": products come from flattening and reshaping, sums from
 * joining and padding. A symbol stands for a size of at least 1.
 *
 * Kept as coefficients by monomial; the constant has the monomial ''.
 */
type Polynomial = ReadonlyMap<string, number>;

/** Of the expressions that were read last; a graph has few, and reads them at every node. */
const parsed = new Map<Dim, Polynomial>();
const MAX_PARSED = 10_000;

function parse(dim: Dim): Polynomial {
  const known = parsed.get(dim);
  if (known) return known;
  if (parsed.size >= MAX_PARSED) parsed.clear();
  const polynomial = read(dim);
  parsed.set(dim, polynomial);
  return polynomial;
}

function read(dim: Dim): Polynomial {
  const terms = new Map<string, number>();
  const add = (monomial: string, factor: number) => terms.set(monomial, (terms.get(monomial) ?? 0) + factor);
  if (typeof dim === 'number') add('', dim);
  else {
    for (const [, sign, term = ''] of dim.matchAll(/([+-]?)([^+-]+)/g)) {
      const parts = term.split('*');
      const factor = parts.filter(isWhole).reduce((product, part) => product * Number(part), 1);
      add(monomialOf(parts.filter((part) => !isWhole(part))), sign === '-' ? -factor : factor);
    }
  }
  return withoutZeros(terms);
}

const isWhole = (part: string) => /^\d+$/.test(part);
const monomialOf = (symbols: readonly string[]) => [...symbols].sort().join('*');
const symbolsIn = (monomial: string) => (monomial === '' ? [] : monomial.split('*'));
const withoutZeros = (terms: ReadonlyMap<string, number>): Polynomial =>
  new Map([...terms].filter(([, factor]) => factor !== 0));

/** FNV-1a (Fowler, Noll, Vo), 32 bits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}

/**
 * A dimension whose expression would grow without end, or whose numbers are no longer exact, as a symbol of
 * its own: the same one for the same expression.
 */
const opaque = (text: string): string => `size_${hashOf(text)}_${text.length}`;

const isExact = (polynomial: Polynomial): boolean =>
  polynomial.size <= MODEL_LIMITS.dimensionTerms && [...polynomial.values()].every(Number.isSafeInteger);

/** The polynomial itself, or a symbol in its place. */
const kept = (polynomial: Polynomial): Polynomial =>
  isExact(polynomial) || (polynomial.size <= 1 && polynomial.has(''))
    ? polynomial
    : new Map([[opaque([...polynomial].join()), 1]]);

function format(polynomial: Polynomial): Dim {
  const constant = polynomial.get('') ?? 0;
  const symbolic = [...polynomial.keys()].filter((monomial) => monomial !== '').sort();
  if (symbolic.length === 0) return constant;
  const texts = symbolic.map((monomial) => {
    const factor = polynomial.get(monomial) ?? 0;
    const size = Math.abs(factor);
    return `${factor < 0 ? '-' : '+'}${size === 1 ? '' : `${size}*`}${monomial}`;
  });
  const end = constant === 0 ? '' : `${constant < 0 ? '-' : '+'}${Math.abs(constant)}`;
  const text = `${texts.join('')}${end}`.replace(/^\+/, '');
  return text.length <= MODEL_LIMITS.dimensionText ? text : opaque(text);
}

const combine = (a: Polynomial, b: Polynomial, sign: 1 | -1): Polynomial => {
  const terms = new Map(a);
  for (const [monomial, factor] of b) terms.set(monomial, (terms.get(monomial) ?? 0) + sign * factor);
  return kept(withoutZeros(terms));
};

const multiply = (a: Polynomial, b: Polynomial): Polynomial => {
  const terms = new Map<string, number>();
  for (const [m, x] of a) {
    for (const [n, y] of b) {
      const monomial = monomialOf([...symbolsIn(m), ...symbolsIn(n)]);
      terms.set(monomial, (terms.get(monomial) ?? 0) + x * y);
    }
  }
  return kept(withoutZeros(terms));
};

/** A symbol that these expressions can hold: operators in a name would change its meaning. */
export function symbolNamed(name: string): string {
  const short = name.length <= MAX_SYMBOL ? name : `${name.slice(0, MAX_SYMBOL)}_${hashOf(name)}`;
  return (isWhole(short) ? `_${short}` : short).replaceAll(/[*+\s-]/g, '_');
}

/** Characters of a symbol. */
const MAX_SYMBOL = 200;

/** Product of dimensions. */
export const product = (dims: readonly Dim[]): Dim =>
  isStatic(dims)
    ? dims.reduce((total, dim) => total * dim, 1)
    : format(dims.map(parse).reduce(multiply, parse(1)));

export const sum = (dims: readonly Dim[]): Dim =>
  isStatic(dims)
    ? dims.reduce((total, dim) => total + dim, 0)
    : format(dims.map(parse).reduce((a, b) => combine(a, b, 1), parse(0)));

export const difference = (a: Dim, b: Dim): Dim =>
  typeof a === 'number' && typeof b === 'number' ? a - b : format(combine(parse(a), parse(b), -1));

/** `a / b` when it is exact and b has one term, else undefined. */
export function quotient(a: Dim, b: Dim): Dim | undefined {
  const [divisor, ...others] = parse(b);
  if (a === b && divisor) return 1;
  if (!divisor || others.length > 0) return undefined;
  const [monomial, factor] = divisor;
  const terms = new Map<string, number>();
  for (const [from, size] of parse(a)) {
    const symbols = symbolsIn(from);
    for (const symbol of symbolsIn(monomial)) {
      const at = symbols.indexOf(symbol);
      if (at < 0) return undefined;
      symbols.splice(at, 1);
    }
    if (size % factor !== 0) return undefined;
    terms.set(monomialOf(symbols), size / factor);
  }
  return format(terms);
}

/** The smallest and the largest value that sizes of at least 1 give; infinite where there is none. */
function bounds(polynomial: Polynomial): readonly [number, number] {
  const factors = [...polynomial].filter(([monomial]) => monomial !== '').map(([, factor]) => factor);
  const atOne = [...polynomial.values()].reduce((a, b) => a + b, 0);
  return [
    factors.every((factor) => factor > 0) ? atOne : Number.NEGATIVE_INFINITY,
    factors.every((factor) => factor < 0) ? atOne : Number.POSITIVE_INFINITY,
  ];
}

/** The size where every symbol stands for 1. */
export const atOne = (dim: Dim): number =>
  typeof dim === 'number' ? dim : [...parse(dim).values()].reduce((sum, factor) => sum + factor, 0);

/** Sign of `a - b` for whatever sizes the symbols stand for; undefined when that depends on them. */
export function compare(a: Dim, b: Dim): -1 | 0 | 1 | undefined {
  const rest = combine(parse(a), parse(b), -1);
  if (rest.size === 0) return 0;
  const [low, high] = bounds(rest);
  if (low > 0) return 1;
  return high < 0 ? -1 : undefined;
}

/** Whether `a >= b` for whatever sizes the symbols stand for. */
export const atLeast = (a: Dim, b: Dim): boolean => bounds(combine(parse(a), parse(b), -1))[0] >= 0;

/** A dimension with a symbol replaced; other symbols stay. */
export function substitute(dim: Dim, symbol: string, by: Dim): Dim {
  if (typeof dim === 'number') return dim;
  const terms = [...parse(dim)].map(([monomial, factor]) =>
    product([factor, ...symbolsIn(monomial).map((name) => (name === symbol ? by : name))]),
  );
  return sum(terms);
}

/** How often a symbol is a factor of a dimension; Infinity when its terms disagree, as in "N+1". */
export function degree(dim: Dim, symbol: string): number {
  const counts = [...parse(dim).keys()].map((m) => symbolsIn(m).filter((name) => name === symbol).length);
  const [first = 0] = counts;
  return counts.every((count) => count === first) ? first : Number.POSITIVE_INFINITY;
}

export const isStatic = (dims: readonly Dim[]): dims is readonly number[] =>
  dims.every((d) => typeof d === 'number');

/**
 * NumPy broadcasting of two shapes. A symbol against a number other than 1 is taken to be that number.
 * @returns undefined when the shapes do not fit
 */
export function broadcast(a: readonly Dim[], b: readonly Dim[]): readonly Dim[] | undefined {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x === y || y === 1) result.push(x);
    else if (x === 1) result.push(y);
    else if (typeof x === 'string') result.push(y);
    else if (typeof y === 'string') result.push(x);
    else return undefined;
  }
  return result;
}
