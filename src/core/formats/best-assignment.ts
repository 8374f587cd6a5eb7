/**
 * The assignment of every row to a column of its own with the largest sum: the Hungarian method with
 * potentials, by shortest augmenting paths (Kuhn 1955; Jonker and Volgenant 1987). O(rows^2 * columns).
 *
 * @param gains [rows][columns], at least as many columns as rows
 * @returns the column of each row
 */
export function bestAssignment(gains: readonly ArrayLike<number>[]): number[] {
  const rows = gains.length;
  const columns = gains[0]?.length ?? 0;
  if (columns < rows) throw new RangeError(`${rows} rows cannot have ${columns} columns of their own`);
  // Rows and columns count from 1; column 0 stands for "not assigned yet".
  const rowPrice = new Float64Array(rows + 1);
  const columnPrice = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  const cameFrom = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    const distance = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const settled = new Uint8Array(columns + 1);
    let column = 0;
    do {
      settled[column] = 1;
      const here = rowOf[column]!;
      let step = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= columns; j++) {
        if (settled[j]) continue;
        const cost = -gains[here - 1]![j - 1]! - rowPrice[here]! - columnPrice[j]!;
        if (cost < distance[j]!) {
          distance[j] = cost;
          cameFrom[j] = column;
        }
        if (distance[j]! < step) {
          step = distance[j]!;
          next = j;
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (settled[j]) {
          rowPrice[rowOf[j]!]! += step;
          columnPrice[j]! -= step;
        } else distance[j]! -= step;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      rowOf[column] = rowOf[cameFrom[column]!]!;
      column = cameFrom[column]!;
    }
  }
  const result = new Array<number>(rows).fill(0);
  for (let j = 1; j <= columns; j++) if (rowOf[j] !== 0) result[rowOf[j]! - 1] = j - 1;
  return result;
}
