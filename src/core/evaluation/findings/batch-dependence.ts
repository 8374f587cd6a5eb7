import { prose } from '../../base/text/index.js';
import type { BatchUse } from '../../models/model-under-test.js';
import { MIN_DIFFERENCE } from '../evaluation-rule.js';
import { shareText } from './compare-trials.js';
import type { FindingKind } from './finding.js';

/**
 * Logits that move by more than this share of their range are another answer. The scales of dynamic
 * quantization move them by 7 % at most on the networks that were measured.
 */
const MAX_MOVE = 0.1;

/** Whether the verdict for one batch size says little about another. */
const isOther = ({ predictions, largest }: BatchUse): boolean =>
  (predictions.value ?? 0) >= MIN_DIFFERENCE || largest > MAX_MOVE;

export const batchDependence: FindingKind = {
  id: 'batch-dependence',
  title: 'Answers depend on the batch',
  explains:
    'The model answers otherwise about an image when others are in its batch: scales of dynamic ' +
    'quantization and statistics of batch normalization are taken over the whole batch, and a graph may ' +
    'even ask how large it is. A model judged with another batch than the one it is deployed with is ' +
    'another model; whoever sends the other images of a batch has an influence on the answer, too. Here ' +
    'judge and gradients use the batch size of deployment.',
  source: 'Jacob et al. 2018 (quantization by measured ranges); Ioffe and Szegedy 2015 (batch statistics)',
  next:
    'State the batch size that the model is deployed with, and audit every one that is in use; or quantize ' +
    'with fixed scales and export batch normalization for inference.',
  look({ batch }) {
    if (!batch || batch.deployed === null) return [];
    const { deployed, origin, predictions, logits, largest, refused } = batch;
    const moved =
      `In other batches ${shareText(logits)} of the probed images get other logits, by up to ` +
      `${prose.percent(largest)} of their range, and ${shareText(predictions)} another class.`;
    const unable = `The engine runs it with no batch of ${refused.join(', ')}.`;
    const judged = `It was judged with batch size ${deployed}${HOW[origin]}.`;
    const text = [...(logits.count > 0 ? [moved] : []), ...(refused.length > 0 ? [unable] : []), judged];
    return [
      {
        severity: origin === 'assumed' && isOther(batch) ? 'unreliable' : 'note',
        text: text.join(' '),
        numbers: [
          { label: 'other logits in another batch', rate: logits },
          { label: 'another class in another batch', rate: predictions },
        ],
        trials: [],
        advice: { code: 'state-batch-size', data: { deployed } },
      },
    ];
  },
};

const HOW: Readonly<Record<BatchUse['origin'], string>> = {
  given: ', as stated',
  file: ', which the file fixes',
  assumed: ', since none was stated',
};
