/** Where a line of text stands in a drawing, in pixels. */
export interface TextBox {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Widths in em of a usual sans-serif face; heights over and under the base line of letters that people can
 * mistake for others.
 */
const widthOf = (text: string): number =>
  [...text].reduce(
    (em, c) => em + (/[ijl.,:;'|! \u00a0]/.test(c) ? 0.3 : /[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]/.test(c) ? 0.38 : 0.58),
    0,
  );
const [OVER, UNDER] = [0.72, 0.1];

interface Place {
  readonly x: number;
  readonly y: number;
  readonly upright: boolean;
}

/** All groups of Vega are only shifted; texts may be turned by a quarter. */
function placed(from: Place, transform: string): Place {
  let { x, y, upright } = from;
  for (const [, kind, a, b = '0'] of transform.matchAll(/(translate|rotate)\(([-\d.]+)(?:,([-\d.]+))?\)/g)) {
    if (kind === 'rotate') {
      if (Number(a) !== -90) throw new Error(`unexpected rotation ${a}`);
      upright = false;
    } else {
      const [dx, dy] = [Number(a), Number(b)];
      [x, y] = upright ? [x + dx, y + dy] : [x + dy, y - dx];
    }
  }
  return { x, y, upright };
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };
const plain = (text: string): string => text.replace(/&(\w+);/g, (_, name: string) => entities[name] ?? '?');

/** Every visible line of text of an SVG that Vega wrote. */
export function textBoxes(svg: string): TextBox[] {
  const stack: Place[] = [{ x: 0, y: 0, upright: true }];
  const boxes: TextBox[] = [];
  for (const [tag, attributes = '', content] of svg.matchAll(
    /<text([^>]*[^/])>(.*?)<\/text>|<g(?:[^>]*[^/])?>|<\/g>/gs,
  )) {
    if (tag === '</g>') stack.pop();
    else if (tag.startsWith('<g'))
      stack.push(placed(stack.at(-1)!, / transform="([^"]*)"/.exec(tag)?.[1] ?? ''));
    else if (!/ opacity="0"/.test(attributes))
      boxes.push(...linesOf(attributes, content ?? '', stack.at(-1)!));
  }
  return boxes.filter(({ text }) => text.trim() !== '');
}

function linesOf(attributes: string, content: string, parent: Place): TextBox[] {
  const attribute = (name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
  const at = placed(parent, attribute('transform'));
  const size = Number.parseFloat(attribute('font-size'));
  const spans = [...content.matchAll(/<tspan(?:[^>]* dy="([-\d.]+)")?[^>]*>(.*?)<\/tspan>/gs)];
  let y = 0;
  return (
    spans.length > 0
      ? spans.map(([, dy, text]) => [Number(dy ?? 0), text!] as const)
      : [[0, content] as const]
  ).map(([dy, raw]) => {
    y += dy;
    const text = plain(raw);
    const width = widthOf(text) * size * (Number(attribute('font-weight')) >= 600 ? 1.05 : 1);
    const start = { middle: -width / 2, end: -width }[attribute('text-anchor')] ?? 0;
    const [a, b, c, d] = [start, start + width, y - OVER * size, y + UNDER * size];
    return at.upright
      ? { text, left: at.x + a, right: at.x + b, top: at.y + c, bottom: at.y + d }
      : { text, left: at.x + c, right: at.x + d, top: at.y - b, bottom: at.y - a };
  });
}

/** Less than this is rounding of our estimate of how wide letters are. */
const TOUCH = 1;

const over = (a: TextBox, b: TextBox): boolean =>
  Math.min(a.right, b.right) - Math.max(a.left, b.left) > TOUCH &&
  Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > TOUCH;

/** Texts that lie over each other or are cut off. */
export function complaints(svg: string): string[] {
  const [width, height] = [' width', ' height'].map((name) =>
    Number(new RegExp(`${name}="([\\d.]+)"`).exec(svg)![1]),
  );
  const boxes = textBoxes(svg);
  if (boxes.length <= 5) return ['there is no text'];
  const cut = boxes.filter((b) => b.left < 0 || b.top < 0 || b.right > width! || b.bottom > height!);
  const pairs = boxes.flatMap((a, i) =>
    boxes.slice(0, i).flatMap((b) => (over(a, b) ? [[b, a] as const] : [])),
  );
  return [
    ...cut.map((b) => `"${b.text}" is cut off`),
    ...pairs.map(
      ([a, b]) => `"${a.text}" lies over "${b.text}" at ${Math.round(b.left)}, ${Math.round(b.top)}`,
    ),
  ];
}
