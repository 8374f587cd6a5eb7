const COLUMNS = 110;

/** Markdown with its paragraphs filled to 110 columns; tables, headings and fenced code stay as they are. */
export function wrap(markdown: string): string {
  return markdown
    .split(/\n{2,}/)
    .map((block) => (/^(\||#|```)/.test(block) ? block : filled(block)))
    .join('\n\n');
}

function filled(paragraph: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(/\s+/)) {
    if (line && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line].join('\n');
}
