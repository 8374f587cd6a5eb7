/**
 * Moves label positions apart until neighbours are at least `gap` away from each other, each as little as possible,
 * inside [low, high] as far as there is room. Returns positions in the order of the input; any unit. Of equal positions
 * the first comes out highest, as in a list.
 *
 * Overlapping labels are pooled into blocks that are centred on the mean of what their members want.
 */
export function dodge(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || b - a);
  const blocks: { members: number[]; start: number }[] = [];
  for (const index of order) {
    let block = place([index]);
    for (
      let last = blocks.at(-1);
      last && last.start + last.members.length * gap > block.start;
      last = blocks.at(-1)
    ) {
      blocks.pop();
      block = place([...last.members, ...block.members]);
    }
    blocks.push(block);
  }
  const positions = new Array<number>(wanted.length);
  for (const { members, start } of blocks) {
    members.forEach((index, i) => {
      positions[index] = start + i * gap;
    });
  }
  return positions;

  function place(members: number[]): { members: number[]; start: number } {
    const mean = members.reduce((sum, index) => sum + wanted[index]!, 0) / members.length;
    const height = (members.length - 1) * gap;
    return { members, start: Math.max(low, Math.min(mean - height / 2, high - height)) };
  }
}
