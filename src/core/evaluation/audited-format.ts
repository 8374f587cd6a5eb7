import type { ModelUnderTest, Provenance } from '../models/model-under-test.js';
import type { AuditedModel } from './audit-schema.js';

type Preprocessing = Provenance['format']['preprocessing'];

/**
 * How images are handed to a model, in words and with everything that was tried.
 * @param data title of the data set
 */
export function formatOf({ provenance }: ModelUnderTest, data: string): AuditedModel['format'] {
  const { format, notes } = provenance;
  const { preprocessing, origins, candidates, labelMap, tied } = format;
  const { layout } = preprocessing;
  const chosen = candidates.find(
    ({ preprocessing: tried }) => JSON.stringify(tried) === JSON.stringify(preprocessing),
  );
  const inOrder = labelMap.every((to, from) => to === from);
  const names = labelMap.map((to, from) => `${from} is ${to}`);
  return {
    layout,
    preprocessing: `${chosen?.title ?? valuesInWords(preprocessing)}${coloursInWords(preprocessing)}`,
    labels: inOrder ? `in the order of ${data}` : `in an order of its own: ${names.join(', ')}`,
    origin: inOrder ? origins.values : `${origins.values}, order of classes ${origins.labels}`,
    sentences: [...notes],
    tied: tied.map(({ title, preprocessing: other, accuracy, budgetRatio }) => ({
      description: `${other.layout}, ${title}${coloursInWords(other)}`,
      accuracy: { ...accuracy },
      ratio: budgetRatio,
    })),
    candidates: candidates.map(({ title, preprocessing: tried, accuracy }) => ({
      description: `${tried.layout}, ${title}${coloursInWords(tried)}`,
      accuracy: { ...accuracy },
    })),
  };
}

const coloursInWords = ({ channelOrder }: Preprocessing): string =>
  channelOrder === undefined ? '' : `, ${channelOrder}`;

const valuesInWords = ({ scale, mean, std }: Preprocessing): string =>
  `(${scale} x - [${mean.join(', ')}]) / [${std.join(', ')}]`;
