import type { Model } from '../onnx/graph.js';
import type { ReshapingRecord } from '../reshaping/index.js';
import type { BatchProbe } from './batch-probe.js';
import { Classifier, type ClassifierOptions } from './classifier.js';
import type { Judge } from './judge.js';
import type { ParameterCount } from './model-summary.js';
import type { Format } from './preprocessing/input-format.js';
import type { RaisedFlag } from './red-flags/index.js';

/** What is known of the batch that a model is run with. */
export interface BatchUse extends BatchProbe {
  /**
   * Images of every run where answers depend on the batch: the batch size of deployment; null where any size
   * gives the same answers.
   */
  readonly deployed: number | null;
  /** Who said so: the user, the file, whose input fixes it; `assumed`: not stated, so it is 1. */
  readonly origin: 'given' | 'file' | 'assumed';
}

/** Where a model comes from, and how it is known what it takes. */
export interface Provenance {
  /** Where the file lies, or what the caller calls it. */
  readonly path: string;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  readonly producer: string;
  /** Operator-set version of the file; the graphs use the toolkit's. */
  readonly opset: number;
  readonly parameters: ParameterCount;
  /** Compressions and defences that the file records, by weight. */
  readonly reshapings: ReshapingRecord;
  /** Signs in the file that its answers may not be what they seem. */
  readonly redFlags: readonly RaisedFlag[];
  /** How the model takes images and orders its classes, and who said so. */
  readonly format: Format;
  /**
   * Steps from black to white that images are rounded to before the model sees them (255 for bytes); null
   * where they are not.
   */
  readonly inputLevels: number | null;
  /** Whether answers depend on the batch; null where that was not tried. */
  readonly batch: BatchUse | null;
  /** The same for people, one sentence for each thing that matters. */
  readonly notes: readonly string[];
}

/** What a model under test is made of besides its judge. */
export interface ModelUnderTestOptions extends ClassifierOptions {
  /** Short and unique among the models of one audit. */
  readonly id: string;
  /** In the order of the data, as many as the model has. */
  readonly classNames: readonly string[];
  readonly provenance: Provenance;
  /** The graph to differentiate without the reshapings of kind `defence`, where the file records some. */
  readonly undefended?: Model | undefined;
}

/**
 * A model that was brought together with its data, ready to be attacked: it takes images [N, C, H, W] in [0,
 * 1] as the data have them, and its classes are in their order. `prepareModel` and `prepare` make it.
 */
export class ModelUnderTest extends Classifier {
  readonly id: string;
  readonly classNames: readonly string[];
  readonly provenance: Provenance;
  /**
   * The model without its defences, whose gradients may be followed; undefined where none
   * are recorded in the file.
   */
  readonly undefended: Classifier | undefined;

  /**
   * @param judge the deployed graph with its preprocessing in front and its class order behind
   * @throws ToolkitError `not-a-classifier`, `data-mismatch`
   */
  constructor(judge: Model | Judge, options: ModelUnderTestOptions) {
    super(judge, options);
    const { id, classNames, provenance, undefended } = options;
    this.id = id;
    this.classNames = classNames;
    this.provenance = provenance;
    const { guide: _, ...engine } = options;
    const source = `${this.source} without its defences`;
    this.undefended = undefended && new Classifier(undefended, { ...engine, source });
  }

  override async release(): Promise<void> {
    await super.release();
    await this.undefended?.release();
  }
}

/** What decides what a model answers. */
export function modelKey({ provenance: { sha256, format, batch } }: ModelUnderTest): string {
  const { preprocessing, labelMap, output } = format;
  const parts = [JSON.stringify(preprocessing), labelMap.join(' '), batch?.deployed ?? '', output.name ?? ''];
  return `${sha256} ${parts.join(' ')}`;
}
