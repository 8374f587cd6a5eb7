/**
 * Moves label positions apart until neighbours are at least `gap` away from each other, each by as little as
 * possible, inside [low, high] as far as they fit. Returns positions in the order of the input; any unit. Of
 * equal positions the first comes out highest, as in a list.
 *
 * Overlapping labels are pooled into blocks that are centred on the mean of their members' positions.
 */
export function dodge(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at || b.index - a.index);
  const blocks: { members: Member[]; start: number }[] = [];
  for (const member of order) {
    let block = place([member]);
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
    members.forEach(({ index }, i) => {
      positions[index] = start + i * gap;
    });
  }
  return positions;

  function place(members: Member[]): { members: Member[]; start: number } {
    const mean = members.reduce((sum, { at }) => sum + at, 0) / members.length;
    const height = (members.length - 1) * gap;
    return { members, start: Math.max(low, Math.min(mean - height / 2, high - height)) };
  }
}

interface Member {
  readonly at: number;
  readonly index: number;
}
