import type { TopLevelSpec } from 'vega-lite';
import { prose } from '../../../core/base/text/index.js';
import { shareBetween } from '../../../core/evaluation/distributions.js';
import { PAPER_RANGES } from '../../../node/apps/study/claims/paper-numbers.js';
import { powerOfTen } from '../../kit/number-text.js';
import { objectiveHint, objectiveName } from '../../kit/objective-names.js';
import { type PanelHead, panelHeads } from '../../kit/panel-heads.js';
import { COLOURS } from '../../kit/theme.js';
import type { Encoding, Layer, Panel } from '../../kit/vega-types.js';
import { type Gradients, mayBeThePapers, objectivesOf } from '../select-results.js';
import { binShares, commonBins, type GradientBins, zeroRate } from './gradient-stats.js';

/** One row of panels: a model, or a value of tau. */
export interface GradientRow {
  readonly name: string;
  readonly colour: string;
  readonly textColour: string;
  readonly of: (objective: string) => Gradients | undefined;
  readonly paper?: { readonly large: number; readonly small: number } | undefined;
}

type Range = readonly [number, number];

interface Layout extends GradientBins {
  /** Where the columns are that have no place on a logarithmic axis. */
  readonly zeroColumn: Range;
  readonly belowColumn: Range | undefined;
  /** Space over the bars for the brackets, as a multiple of the tallest bar. */
  readonly headroom: number;
}

/** Encoding of a point at a field (horizontally) and at the field `height`. */
type Position = (field: string) => Encoding;

const middle = ([from, to]: Range): number => (from + to) / 2;

/**
 * Histograms of log10(mean |gradient|): rows of panels, one column for each objective. Exact zeros have no
 * logarithm; they are in a column of their own to the left, in the colour of a warning, and belong to the 100
 * %.
 */
export function gradientPanels(rows: readonly GradientRow[], all: readonly Gradients[]): TopLevelSpec {
  const objectives = objectivesOf(all);
  const shown = rows.filter((row) => objectives.some((objective) => row.of(objective)));
  const bins = commonBins(all, [PAPER_RANGES.small[0], PAPER_RANGES.large[1]]);
  const layout = columnsBeside(bins, shown.some((row) => row.paper) ? 1.75 : 1.45);
  const width = objectives.length > 2 ? 225 : 300;
  const heads = panelHeads(
    objectives.map((objective) => ({ title: objectiveName(objective), notes: [objectiveHint(objective)] })),
    width,
  );
  const panels = shown.flatMap((row, r) =>
    objectives.map((objective, column) =>
      panel(row, objective, layout, {
        ...(r === 0 && heads[column] && { head: heads[column] }),
        last: r === shown.length - 1,
        column,
        width,
      }),
    ),
  );
  return { concat: panels, columns: objectives.length, spacing: { row: 12, column: 26 } };
}

function columnsBeside(bins: GradientBins, headroom: number): Layout {
  const unit = (bins.high - bins.low) / 40;
  const zeroEnd = bins.low - (bins.below === undefined ? 2 : 9) * unit;
  return {
    ...bins,
    zeroColumn: [zeroEnd - 2.2 * unit, zeroEnd],
    belowColumn: bins.below === undefined ? undefined : [bins.low - 3 * unit, bins.low - 0.8 * unit],
    headroom,
  };
}

function panel(
  row: GradientRow,
  objective: string,
  layout: Layout,
  at: { head?: PanelHead; last: boolean; column: number; width: number },
): Panel {
  const gradients = row.of(objective);
  const labels = axisLabels(layout, at.width);
  const zero = middle(layout.zeroColumn);
  const x = {
    type: 'quantitative' as const,
    scale: { domain: [layout.zeroColumn[0], layout.high], nice: false, zero: false, padding: 6 },
    axis: {
      title: at.last ? 'Mean |gradient| of an input' : null,
      values: [...labels.keys()],
      labelExpr: [...labels].reduce(
        (rest, [value, text]) => `datum.value === ${value} ? '${text}' : ${rest}`,
        `''`,
      ),
      labelColor: {
        condition: { test: `datum.value === ${zero}`, value: COLOURS.zero },
        value: COLOURS.text,
      },
      labels: at.last,
      ticks: at.last,
      labelOverlap: false,
    },
  };
  const y = {
    type: 'quantitative' as const,
    scale: { domain: [0, layout.headroom * layout.top], nice: false },
    axis: {
      values: [0, layout.top / 2, layout.top],
      labelExpr: `datum.value + ' %'`,
      labels: at.column === 0,
      title: at.column === 0 ? row.name : null,
      titleAngle: 0,
      titleAlign: 'right' as const,
      titlePadding: 14,
      titleFontSize: 13,
      titleFontWeight: 600 as const,
      titleColor: row.textColour,
      titleLimit: 190,
    },
  };
  const position: Position = (field) => ({ x: { ...x, field }, y: { ...y, field: 'height' } });
  const bars: Layer = {
    data: { values: gradients ? barsOf(gradients, layout, row.colour) : [] },
    mark: { type: 'rect', clip: true, stroke: '#ffffff', strokeWidth: 0.6 },
    encoding: {
      ...position('from'),
      x2: { field: 'to' },
      y2: { datum: 0 },
      color: { field: 'colour', type: 'nominal', scale: null },
    },
  };
  return {
    width: at.width,
    height: Math.round(58 * layout.headroom),
    ...(at.head && { title: at.head }),
    layer: gradients
      ? [bars, zeroLabel(gradients, layout, position), ...brackets(gradients, row, layout, position)]
      : [bars],
  };
}

/** Width of a label, in pixels. */
const LABEL = 34;

/**
 * Powers of ten at multiples of ten, as far as they are clear of the columns on the left, which are named
 * too.
 */
function axisLabels(
  { low, high, below, zeroColumn, belowColumn }: Layout,
  width: number,
): Map<number, string> {
  const clear = (belowColumn ?? zeroColumn)[1] + (LABEL / width) * (high - low);
  const step = high - low > 20 ? 10 : 5;
  const labels = new Map<number, string>();
  for (let power = Math.floor(high / step) * step; power >= clear; power -= step)
    labels.set(power, powerOfTen(power));
  if (belowColumn && below !== undefined)
    labels.set(middle(belowColumn), `<${powerOfTen(Math.floor(below))}`);
  return labels.set(middle(zeroColumn), 'zero');
}

function barsOf(gradients: Gradients, layout: Layout, colour: string) {
  const bar = ([from, to]: Range, share: number, fill = colour) => ({
    from,
    to,
    height: 100 * share,
    colour: fill,
  });
  const bars = binShares(gradients, layout).map(({ from, to, share }) => bar([from, to], share));
  bars.push(bar(layout.zeroColumn, zeroRate(gradients).value ?? 0, COLOURS.zero));
  if (layout.belowColumn) bars.push(bar(layout.belowColumn, gradients.below / Math.max(1, gradients.images)));
  return bars.filter(({ height }) => height > 0);
}

/** The share of exact zeros is written out even when it is 0: its absence is a finding too. */
function zeroLabel(gradients: Gradients, { zeroColumn }: Layout, position: Position): Layer {
  const zero = zeroRate(gradients).value ?? 0;
  const height = 100 * zero;
  const digits = (height > 0 && height < 10) || (height > 99 && height < 100) ? 1 : 0;
  return {
    data: { values: [{ at: zeroColumn[0], height, text: prose.percent(zero, digits) }] },
    mark: {
      type: 'text',
      align: 'left',
      baseline: 'bottom',
      dy: -3,
      fontSize: 11.5,
      fontWeight: 600,
      color: COLOURS.zero,
    },
    encoding: { ...position('at'), text: { field: 'text' } },
  };
}

/**
 * Grey brackets over the two ranges that the paper gives shares for: ours above the line, the paper's, where
 * stated, below it.
 */
function brackets(
  gradients: Gradients,
  row: GradientRow,
  { top, headroom }: Layout,
  position: Position,
): Layer[] {
  const values = (['small', 'large'] as const).map((key) => {
    const range = PAPER_RANGES[key];
    return {
      from: range[0],
      to: range[1],
      middle: middle(range),
      height: (headroom - 0.28) * top,
      ours: prose.percent(shareBetween(gradients, range).value, 0),
      // The paper's numbers are of its J, and are shown beside nothing that cannot be it.
      paper: row.paper && mayBeThePapers(gradients) ? `paper ${prose.percent(row.paper[key], 0)}` : '',
    };
  });
  const text = { type: 'text' as const, fontSize: 11, color: COLOURS.muted };
  return [
    {
      data: { values },
      mark: { type: 'rule', color: COLOURS.paper, strokeWidth: 1 },
      encoding: { ...position('from'), x2: { field: 'to' } },
    },
    {
      data: { values },
      mark: { ...text, baseline: 'bottom', dy: -2, color: COLOURS.text },
      encoding: { ...position('middle'), text: { field: 'ours' } },
    },
    {
      data: { values },
      mark: { ...text, baseline: 'top', dy: 3, fontStyle: 'italic' },
      encoding: { ...position('middle'), text: { field: 'paper' } },
    },
  ];
}
