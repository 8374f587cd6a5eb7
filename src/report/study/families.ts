import type { Rate, Results } from '../../node/apps/study/study-schema.js';
import { NOT_MEASURED, rateText, spanText } from '../kit/number-text.js';

type Model = Results['models'][number];

/**
 * One network with its compressed models. Only these are compared with each other: between different networks
 * more differs than the compression.
 */
export interface Family {
  /** The uncompressed one, else the first. */
  readonly base: Model;
  readonly others: readonly Model[];
}

export const isCompressed = ({ compression }: Model): boolean => compression !== 'none';

/** The families among some models, in the order of their first members. */
export function familiesOf(models: readonly Model[]): Family[] {
  return [...new Set(models.map((m) => m.architecture))].flatMap((architecture) => {
    const own = models.filter((m) => m.architecture === architecture);
    const base = own.find((m) => !isCompressed(m)) ?? own[0];
    return base ? [{ base, others: own.filter((m) => m !== base) }] : [];
  });
}

/** "the compressed model", "its 4 compressed models": the other models of a network, after its name. */
export function companions(others: readonly Model[], article = 'its'): string {
  const kind = others.every(isCompressed) ? 'compressed' : 'other';
  return others.length === 1 ? `${article} ${kind} model` : `${article} ${others.length} ${kind} models`;
}

/**
 * A rate of every model in words. Of one family: the network, then the span of all others. Of several: every
 * network by its name, each with the span of its compressed models.
 */
export function ratesInWords(models: readonly Model[], rateOf: (model: Model) => Rate | undefined): string {
  const families = familiesOf(models);
  const parts = families.map(({ base, others }) => {
    const [own, rates] = [rateOf(base), others.flatMap((m) => rateOf(m) ?? [])];
    const name = families.length === 1 ? 'the other models' : companions(others);
    const rest = rates.length > 0 ? `, ${name} ${spanText(rates)}` : '';
    return `${base.label} ${own ? rateText(own) : NOT_MEASURED}${rest}`;
  });
  return parts.join('; ');
}
