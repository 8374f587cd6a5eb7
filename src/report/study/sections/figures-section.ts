import type { Results } from '../../../node/apps/study/study-schema.js';
import { tag } from '../../kit/chips.js';
import { figureFrame } from '../../kit/figure-frame.js';
import { html, type Markup } from '../../kit/markup.js';
import { type Figure, type FigureSection, figureName, figures, paperFigure } from '../figures/index.js';

/** The drawn figures of one part of the report; figures without an SVG or without data are left out. */
export const figureCards = (
  results: Results,
  part: FigureSection,
  svgs: ReadonlyMap<string, string>,
): Markup[] =>
  Object.values<Figure>(figures).flatMap((figure) => {
    const svg = svgs.get(figureName(figure, results));
    if (figure.section !== part || svg === undefined || !figure.applies(results)) return [];
    const { id: name, title } = figure;
    const paper = paperFigure(figure, results);
    const remark =
      paper && html` ${tag(`paper: Fig. ${paper.number}${paper.of ? `, there of ${paper.of}` : ''}`)}`;
    return [
      figureFrame({
        ...{ name, title, remark, svg },
        shows: figure.shows(results),
        howToRead: figure.howToRead(results),
      }),
    ];
  });
