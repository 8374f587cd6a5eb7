import type { Dim } from './graph.js';

/**
 * Arithmetic on dimensions that may be symbolic. A symbolic dimension is a product of a whole number and
 * symbols, written "4*N" or "N*T": all that flattening, splitting and reshaping of a free batch ever produces.
 */
interface Monomial {
  readonly factor: number;
  readonly symbols: readonly string[];
}

const parse = (dim: Dim): Monomial => {
  if (typeof dim === 'number') return { factor: dim, symbols: [] };
  const parts = dim.split('*');
  const numbers = parts.filter((part) => /^\d+$/.test(part));
  return {
    factor: numbers.reduce((product, part) => product * Number(part), 1),
    symbols: parts.filter((part) => !/^\d+$/.test(part)),
  };
};

const format = ({ factor, symbols }: Monomial): Dim => {
  if (symbols.length === 0 || factor === 0) return factor;
  const name = [...symbols].sort().join('*');
  return factor === 1 ? name : `${factor}*${name}`;
};

/** Product of dimensions. */
export function product(dims: readonly Dim[]): Dim {
  const parts = dims.map(parse);
  return format({
    factor: parts.reduce((total, part) => total * part.factor, 1),
    symbols: parts.flatMap((part) => part.symbols),
  });
}

/** `a / b` when it is exact, else undefined. */
export function quotient(a: Dim, b: Dim): Dim | undefined {
  const [top, bottom] = [parse(a), parse(b)];
  const symbols = [...top.symbols];
  for (const symbol of bottom.symbols) {
    const at = symbols.indexOf(symbol);
    if (at < 0) return undefined;
    symbols.splice(at, 1);
  }
  if (bottom.factor === 0 || top.factor % bottom.factor !== 0) return undefined;
  return format({ factor: top.factor / bottom.factor, symbols });
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
