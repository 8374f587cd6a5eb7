import { createHash } from 'node:crypto';

type Bytes =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/**
 * What a key can be made of: JSON, typed arrays and big integers. Properties that are undefined do not count.
 */
export type Keyable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Bytes
  | readonly Keyable[]
  | { readonly [name: string]: Keyable | undefined };

/** SHA-256 in hexadecimal, as `sha256sum` prints it; text counts as UTF-8. */
export const sha256 = (content: Uint8Array | string): string =>
  createHash('sha256').update(content).digest('hex');

/**
 * A key of 64 hexadecimal digits for a value: equal content, equal key, whatever the order of properties.
 *
 * Typed arrays count by their type and bytes.
 *
 * @throws TypeError for values that have no content of their own (functions, dates, NaN ...): a key that
 *   silently left something out would serve a wrong result from the cache
 */
export const contentKey = (value: Keyable): string => sha256(canonical(value, 'value'));

/** JSON with sorted keys; typed arrays as `Float32Array(<hash>)`, which no JSON value can look like. */
function canonical(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`no content key for ${path}: ${value}`);
    return JSON.stringify(value);
  }
  if (ArrayBuffer.isView(value)) {
    const type = value instanceof Uint8Array ? 'Uint8Array' : value.constructor.name;
    return `${type}(${sha256(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))})`;
  }
  if (Array.isArray(value)) return `[${value.map((item, i) => canonical(item, `${path}[${i}]`)).join(',')}]`;
  if (typeof value === 'object' && isPlain(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    // Code unit order, the same in every locale; names are unique, so equality cannot happen.
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    const fields = entries.map(
      ([name, item]) => `${JSON.stringify(name)}:${canonical(item, `${path}.${name}`)}`,
    );
    return `{${fields.join(',')}}`;
  }
  throw new TypeError(`no content key for ${path}: ${typeof value}`);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
