import type { Rate } from '../base/statistics.js';
import { enumerate } from '../base/text/index.js';
import { isIdentity } from '../models/class-order.js';
import type { Head } from '../models/logits-head.js';
import type { Format, FormatCandidate, Origin, TiedFormat } from '../models/preprocessing/input-format.js';
import { layoutOf } from '../models/preprocessing/layouts.js';

const percent = (share: number | null): string => (share === null ? '-' : `${(100 * share).toFixed(1)} %`);

const origins: Readonly<Record<Origin, string>> = {
  given: 'as stated',
  sidecar: 'from the file beside the model',
  metadata: "from the model's metadata",
  shape: 'the only one that fits its input',
  guessed: 'detected',
};

/**
 * The input format and class order of a model, one sentence for each thing that matters: its layout and
 * values, the order of its classes, and whether anything worked at all. Of a model that simply takes [N, C,
 * H, W] in [0, 1], nothing.
 *
 * @param classNames of the data
 */
export function formatSentences(format: Format, classNames: readonly string[] = []): string[] {
  const { preprocessing, origins: by, aboveChance } = format;
  const sentences = outputSentences(format);
  if (preprocessing.layout !== 'NCHW' || by.layout === 'guessed') {
    const { help } = layoutOf(preprocessing.layout);
    sentences.push(`layout ${preprocessing.layout} (${help}): ${origins[by.layout]}`);
  }
  if (aboveChance) sentences.push(...valueSentences(format));
  sentences.push(...channelSentences(format));
  sentences.push(...orderSentences(format, classNames), ...sharedSentences(format));
  if (aboveChance) sentences.push(...tiedSentences(format));
  else sentences.push(failure(format));
  return sentences;
}

/** Which numbers are the classes, and what they are; nothing of a model that gives nothing but logits. */
function outputSentences({ output, classes }: Format): string[] {
  const { name, origin, others, head, single } = output;
  const sentences: string[] = [];
  if (name !== null) {
    sentences.push(`classes are the output ${name}: ${chosenBy[origin]} (others: ${enumerate(others)})`);
  }
  if (single) sentences.push(singles[head] ?? singles.logits);
  else if (head === 'probabilities')
    sentences.push('gives probabilities: their logarithms are taken as the logits');
  if (classes === 2)
    sentences.push('two classes: the losses that need a third logit (dlr, dlr-targeted) are the margin');
  return sentences;
}

const chosenBy: Readonly<Record<Origin, string>> = {
  ...origins,
  shape: 'the only one that fits the data',
  guessed: 'others that fit mean the same classes',
};

const singles: { readonly [H in Head]?: string } & { readonly logits: string } = {
  logits: 'one logit z for two classes: taken as [0, z]',
  sigmoid: 'one sigmoid for two classes: it is taken off, its logit z is taken as [0, z]',
  probabilities: 'one probability p for two classes: taken as [log(1 - p), log p]',
};

function valueSentences({ title, origins: by, preprocessing, candidates }: Format): string[] {
  if (by.values === 'shape') return [];
  if (by.values !== 'guessed') return [`${title}: ${origins[by.values]}`];
  const same = (c: FormatCandidate) => c.preprocessing.layout === preprocessing.layout;
  const chosen = chosenOf({ preprocessing, candidates });
  const best = (a: FormatCandidate, b: FormatCandidate) => (b.accuracy.value ?? 0) - (a.accuracy.value ?? 0);
  // Its mirror image has the same values.
  const [runnerUp] = candidates.filter((c) => same(c) && c.title !== title).sort(best);
  const unit = candidates.find((c) => same(c) && c.name === 'unit');
  if (title === unit?.title || !runnerUp) return [];
  const against = [...new Set([unit, runnerUp])].flatMap((c) =>
    c ? [`${percent(c.accuracy.value)} for ${short(c)}`] : [],
  );
  return [`${title}: detected, ${percent(chosen.accuracy.value)} against ${against.join(' and ')}`];
}

const chosenOf = ({
  preprocessing,
  candidates,
}: Pick<Format, 'preprocessing' | 'candidates'>): FormatCandidate =>
  candidates.find((c) => JSON.stringify(c.preprocessing) === JSON.stringify(preprocessing))!;

/** Only of a model that counts blue first. */
function channelSentences({ preprocessing, origins: by, candidates, aboveChance }: Format): string[] {
  if (preprocessing.channelOrder === undefined) return [];
  const what = 'colours in the order blue, green, red';
  if (by.channelOrder !== 'guessed') return [`${what}: ${origins[by.channelOrder]}`];
  const chosen = chosenOf({ preprocessing, candidates });
  const other = candidates.find(
    (c) => `${c.name}-bgr` === chosen.name && c.preprocessing.layout === preprocessing.layout,
  );
  // Values that are made for this order say so themselves.
  if (!other || !aboveChance) return [];
  const [own, exchanged] = [percent(chosen.accuracy.value), percent(other.accuracy.value)];
  return [`${what}: detected, ${own} against ${exchanged} for red, green, blue`];
}

const short = ({ title }: FormatCandidate): string => title.replace(/^values (normalized by )?/, '');

function orderSentences(
  { labelMap, origins: by, accuracy, accuracyInDataOrder, classes }: Format,
  names: readonly string[],
) {
  if (isIdentity(labelMap)) return [];
  const order = Array.from(
    { length: Math.min(classes, 20) },
    (_, k) => names[labelMap.indexOf(k)] ?? '?',
  ).join(', ');
  const shown = names.length > 0 ? ` (${order}${classes > 20 ? ', ...' : ''})` : '';
  const what = `class order differs from that of the data${shown}: ${origins[by.labels]}`;
  if (!accuracyInDataOrder) return [what];
  const before = percent(accuracyInDataOrder.value);
  return [`${what}, ${rateText(accuracy)} on images that it was not matched on, against ${before}`];
}

/** Formats listed in one sentence. */
const MAX_TIED = 4;
/** Differences of a budget that are worth a word. */
const SAME_BUDGET = 1.25;

/** What else fits the images as well, so that a reader knows what the results rest on. */
function tiedSentences({ tied }: Format): string[] {
  const [first] = tied;
  if (!first) return [];
  const better = (a: TiedFormat, b: TiedFormat) => (b.accuracy.value ?? 0) - (a.accuracy.value ?? 0);
  const shown = [...tied].sort(better).slice(0, MAX_TIED);
  const names = shown.map((each) => `${short(each)} ${rateText(each.accuracy)}`);
  const more = tied.length > MAX_TIED ? ` and ${tied.length - MAX_TIED} more` : '';
  const ratios = tied.map(({ budgetRatio }) => budgetRatio);
  const largest = Math.max(...ratios);
  const smallest = Math.min(...ratios);
  const means =
    largest > SAME_BUDGET
      ? `; there epsilon means up to ${largest.toPrecision(2)} times as much to the model`
      : smallest < 1 / SAME_BUDGET
        ? `; there epsilon means down to ${smallest.toPrecision(2)} of it to the model`
        : '';
  const taken = `${rateText(first.chosen)} of the one that is taken`;
  return [`not told apart by these images: ${names.join(', ')}${more}, against ${taken}${means}`];
}

/** Names that several classes of the model have, and which of them is meant. */
const sharedSentences = ({ sharedNames }: Format): string[] =>
  sharedNames.map(({ name, places, taken }) => {
    const why = 'which is predicted most for its images';
    const called = `classes ${enumerate(places.map(String))} of the model are called ${name}`;
    return `${called}: ${taken} is meant, ${why}`;
  });

const rateText = ({ value, count, total }: Rate): string => `${percent(value)} (${count}/${total})`;

function failure({ accuracy, chance, candidates }: Format): string {
  const tried = candidates.length === 1 ? 'in this format' : `in any of ${candidates.length} formats`;
  const hit = `the model is right for ${rateText(accuracy)} of the images ${tried}`;
  return (
    `${hit}, no better than chance (${percent(chance)}): are these its data? ` +
    'If so, state its input format (layout, range or mean and std) and its class order'
  );
}
