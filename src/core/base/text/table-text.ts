/**
 * Columns as wide as their widest cell; a column whose cells all look like numbers is aligned to the right.
 */
export function table(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const all = [header, ...lines];
  const columns = header.map((_, c) => ({
    width: Math.max(...all.map((line) => line[c]?.length ?? 0)),
    numeric: lines.every((line) => /^[\d,.]*$/.test(line[c] ?? '')),
  }));
  const row = (line: readonly string[]) =>
    columns
      .map(({ width, numeric }, c) => {
        const cell = line[c] ?? '';
        return numeric ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return all.map(row).join('\n');
}

/** GitHub's tables; a bar in a cell would start another one. */
export function markdownTable(
  header: readonly string[],
  lines: readonly (readonly (string | undefined)[])[],
): string {
  const row = (cells: readonly (string | undefined)[]) =>
    `| ${cells.map((cell = '') => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [row(header), row(header.map(() => '---')), ...lines.map(row)].join('\n');
}
