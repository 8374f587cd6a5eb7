/**
 * Bits that a Huffman code (Huffman 1952) takes for symbols of these frequencies, in all; a single symbol
 * takes one bit each time.
 */
export function huffmanBits(frequencies: Iterable<number>): number {
  const waiting = [...frequencies].filter((count) => count > 0).sort((a, b) => a - b);
  if (waiting.length === 1) return waiting[0] ?? 0;
  // Merged pairs come out in rising order, so two queues do for a heap.
  const merged: number[] = [];
  let [first, second] = [0, 0];
  const next = (): number => {
    const [a, b] = [waiting[first], merged[second]];
    if (b === undefined || (a !== undefined && a <= b)) {
      first += 1;
      return a ?? 0;
    }
    second += 1;
    return b;
  };
  let bits = 0;
  for (let pairs = waiting.length - 1; pairs > 0; pairs--) {
    const pair = next() + next();
    bits += pair;
    merged.push(pair);
  }
  return bits;
}

/** How often each value occurs. */
export function frequenciesOf(values: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
