import type { Rate } from '../../core/base/statistics.js';
import { extent, logTicks, spread } from './axis-range.js';
import { dodge } from './dodge.js';
import { freeSpot, type Spot } from './free-spot.js';
import type { PanelHead } from './panel-heads.js';
import { COLOURS, type SeriesStyle } from './theme.js';
import { namedTicks, tickNames } from './ticks.js';
import type { Encoding, Layer, Panel } from './vega-types.js';

export interface LinePoint extends Omit<SeriesStyle, 'name'> {
  readonly series: string;
  readonly x: number;
  readonly y: number;
  /** Ends of the interval; equal to `y` when there is none. */
  readonly low: number;
  readonly high: number;
}

/** A rate as a point of a line, in percent; none when nothing was counted. */
export function linePoint(style: SeriesStyle, x: number, rate: Rate | null | undefined): LinePoint[] {
  if (rate?.value == null || rate.low === null || rate.high === null) return [];
  const { name, ...look } = style;
  return [{ series: name, ...look, x, y: 100 * rate.value, low: 100 * rate.low, high: 100 * rate.high }];
}

/** Numbers from the paper: hollow grey diamonds, explained once in an empty part of the panel. */
export interface PaperMarks {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly text: string;
}

export interface AxisX {
  readonly title: string | null;
  readonly ticks?: readonly number[];
  readonly domain?: [number, number];
  /** Needs ticks. */
  readonly log?: boolean;
  /** Tick of a logarithmic axis that is named before the others, where the names do not all fit. */
  readonly important?: number;
}

export interface LinePanel {
  readonly points: readonly LinePoint[];
  readonly x: AxisX;
  readonly y: {
    readonly title: string | string[] | null;
    /** For titles that name a row of panels. */
    readonly bold?: boolean;
    readonly domain: [number, number];
    readonly log?: boolean;
    /** Numbers beside the axis; default true. Panels in a row with one scale need them once. */
    readonly labels?: boolean;
  };
  readonly width: number;
  readonly height: number;
  readonly head?: PanelHead;
  readonly paper?: PaperMarks;
  /** Names at the right end of the lines; default true. */
  readonly labels?: boolean;
  /** Space for such a name, in pixels; default 150. */
  readonly labelLimit?: number;
  /** Dots and intervals; default true. Long curves go without. */
  readonly dots?: boolean;
  /** What lies behind the lines, drawn on their axes. */
  readonly behind?: (axes: Required<Pick<Encoding, 'x' | 'y'>>) => readonly Layer[];
}

const LABEL_GAP = 15;
/** Width of a character of the explanation of the paper's marks, in pixels. */
const CHARACTER = 6;

/** Lines over a shared quantitative x, named at their ends instead of in a legend. */
export function linePanel(panel: LinePanel): Panel {
  const { points, width, height, x, y } = panel;
  const values = points.map((p) => ({ ...p }));
  const domainX = x.domain ?? spread(extent(points.map((p) => p.x)));
  const scaleX = {
    domain: domainX,
    nice: false,
    padding: 8,
    ...(x.log ? { type: 'log' as const } : { zero: false }),
  };
  const scaleY = { domain: y.domain, nice: false, ...(y.log ? { type: 'log' as const } : { zero: false }) };
  const axisX = {
    title: x.title,
    ...(x.log ? { labelOverlap: false } : { labelOverlap: 'greedy' as const, labelSeparation: 8 }),
    // Ticks that were asked for are written as they are: a format would turn 10 into 1e+1.
    ...(x.ticks
      ? {
          values: [...x.ticks],
          labelExpr: tickNames(x.log ? namedTicks(x.ticks, width, x.important) : x.ticks),
        }
      : { tickCount: 5, format: '~s' }),
  };
  const encodeX = { field: 'x', type: 'quantitative' as const, scale: scaleX, axis: axisX };
  const encodeY = {
    field: 'y',
    type: 'quantitative' as const,
    scale: scaleY,
    axis: {
      title: y.title,
      ...(y.bold && { titleFontWeight: 600 as const, titleColor: COLOURS.ink }),
      labels: y.labels !== false,
      ...(y.log ? { values: logTicks(y.domain), format: '~g' } : { tickCount: 5 }),
    },
  };
  const colour = { field: 'colour', type: 'nominal' as const, scale: null };

  const layers: Layer[] = [...(panel.behind?.({ x: encodeX, y: encodeY }) ?? [])];
  if (panel.dots !== false) {
    layers.push({
      data: { values },
      mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.45 },
      encoding: { x: encodeX, y: { ...encodeY, field: 'low' }, y2: { field: 'high' }, color: colour },
    });
  }
  layers.push({
    data: { values },
    mark: { type: 'line', strokeJoin: 'round', strokeCap: 'round', opacity: 0.95 },
    encoding: {
      x: encodeX,
      y: encodeY,
      color: colour,
      detail: { field: 'series', type: 'nominal' },
      strokeWidth: { field: 'lineWidth', type: 'quantitative', scale: null },
    },
  });
  if (panel.dots !== false) {
    layers.push({
      data: { values },
      mark: { type: 'point', filled: true, size: 46, opacity: 1, stroke: '#ffffff', strokeWidth: 1.2 },
      encoding: { x: encodeX, y: encodeY, fill: colour },
    });
  }
  if (panel.paper?.points.length) {
    const [left, right] = domainX;
    const text = `◇ ${panel.paper.text}`;
    const place = x.log ? Math.log : (v: number): number => v;
    const placed = points.map((p) => ({ ...p, x: place(p.x) }));
    const spot = freeSpot(
      placed,
      { x: [place(left), place(right)], y: y.domain },
      (CHARACTER * text.length + 8) / width,
    );
    layers.push(
      ...paperLayers(
        panel.paper,
        { ...spot, x: { left, right }[spot.side], text },
        { x: encodeX, y: encodeY },
      ),
    );
  }
  if (panel.labels !== false) {
    layers.push({
      data: { values: endLabels(points, y.domain, height, y.log === true) },
      mark: {
        type: 'text',
        align: 'left',
        dx: 9,
        fontSize: 12,
        fontWeight: 600,
        limit: panel.labelLimit ?? 150,
      },
      encoding: {
        x: encodeX,
        y: { ...encodeY, field: 'y' },
        text: { field: 'series' },
        color: { ...colour, field: 'textColour' },
      },
    });
  }
  return {
    width,
    height,
    ...(panel.head && { title: panel.head }),
    layer: layers,
  };
}

function paperLayers(
  { points }: PaperMarks,
  { x, y, side, text }: Spot & { readonly x: number; readonly text: string },
  position: Encoding,
): Layer[] {
  return [
    {
      data: { values: points.map((p) => ({ ...p })) },
      mark: {
        type: 'point',
        shape: 'diamond',
        size: 80,
        filled: false,
        stroke: COLOURS.paper,
        strokeWidth: 1.8,
        opacity: 1,
      },
      encoding: position,
    },
    {
      data: { values: [{ x, y, text }] },
      mark: {
        type: 'text',
        align: side,
        dx: side === 'left' ? 8 : 0,
        fontSize: 11,
        fontStyle: 'italic',
        color: COLOURS.muted,
      },
      encoding: { ...position, text: { field: 'text' } },
    },
  ];
}

/** Where each line's name goes: beside its last point, moved apart where lines end close together. */
function endLabels(
  points: readonly LinePoint[],
  domain: [number, number],
  height: number,
  log: boolean,
): LinePoint[] {
  const ends = new Map<string, LinePoint>();
  for (const point of points)
    if (point.x >= (ends.get(point.series)?.x ?? -Infinity)) ends.set(point.series, point);
  const last = [...ends.values()];
  const forward = log ? Math.log : (v: number): number => v;
  const back = log ? Math.exp : (v: number): number => v;
  const [low, high] = [forward(domain[0]), forward(domain[1])];
  const perPixel = (high - low) / height;
  const moved = dodge(
    last.map((p) => forward(p.y)),
    LABEL_GAP * perPixel,
    low,
    // Half a label below the upper edge: what stands out over it would push up the heading of this panel
    // alone.
    high - 0.5 * LABEL_GAP * perPixel,
  );
  return last.map((point, i) => ({ ...point, y: back(moved[i] ?? forward(point.y)) }));
}
