export interface PanelHead {
  readonly text: string[];
  readonly subtitle?: string[];
  /** Default: those of every heading. */
  readonly fontSize?: number;
  readonly fontWeight?: 500;
}

/** Rough widths of a character of a panel's title and subtitle, in pixels. */
const [TITLE, SUBTITLE] = [8, 5.7];

/**
 * Headings of panels side by side: wrapped to the width of a panel, and padded to one number of lines (which
 * the theme gives one height), so that they start level.
 *
 * @param width of a panel, in pixels
 */
export function panelHeads(
  heads: readonly { readonly title: string; readonly notes: readonly string[] }[],
  width: number,
): Required<Pick<PanelHead, 'text' | 'subtitle'>>[] {
  const wrapped = heads.map(({ title, notes }) => ({
    text: wrap(title, width / TITLE),
    subtitle: notes.filter(Boolean).flatMap((note) => wrap(note, width / SUBTITLE)),
  }));
  const lines = ({ text, subtitle }: (typeof wrapped)[number]): number => text.length + subtitle.length;
  const longest = Math.max(0, ...wrapped.map(lines));
  return wrapped.map((head) => ({
    ...head,
    subtitle: [...head.subtitle, ...new Array<string>(longest - lines(head)).fill(' ')],
  }));
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length > width && lines.at(-1) !== '') lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
