import { z } from 'zod';
import type { Runtime } from '../../core/runtime/runtime.js';
import type { Scratch } from '../store/artifact-store.js';
import { environment } from '../store/machine.js';

/** What a result was computed on and with; recorded beside it, never used to compute it. */
export const environmentSchema = z.strictObject({
  node: z.string(),
  onnxruntime: z.string(),
  platform: z.string(),
  cpu: z.string(),
  device: z.string().optional().describe('"cuda" for a GPU; absent for the processor'),
});

export type Environment = z.infer<typeof environmentSchema>;

/** Where and when a step was computed; recorded beside its result. */
export const provenanceSchema = environmentSchema.extend({
  toolkit: z.string(),
  finished: z.string().describe('ISO 8601'),
  earlier: z
    .array(environmentSchema)
    .optional()
    .describe('other places where parts of it were computed before it was interrupted, in order'),
});

export type Provenance = z.infer<typeof provenanceSchema>;

export const environmentOf = ({ version, device }: Pick<Runtime, 'version' | 'device'>): Environment => ({
  onnxruntime: version,
  ...(device !== 'cpu' && { device }),
  ...environment(),
});

/** Every environment that a step was computed in, in order. */
export const environmentsOf = ({
  earlier = [],
  ...last
}: Environment & { readonly earlier?: readonly Environment[] | undefined }): Environment[] => {
  const { node, onnxruntime, platform, cpu, device } = last;
  return [...earlier, { node, onnxruntime, platform, cpu, ...(device && { device }) }];
};

const NAME = 'environments.json';
const listSchema = z.array(environmentSchema).max(100);

/**
 * Where the kept work of an unfinished step was done, in order: a training that was interrupted on one
 * machine and resumed on another is a result of both. Lies beside the step's checkpoints and goes with them.
 */
export class PartialProvenance {
  private list: readonly Environment[] = [];
  private marked = false;

  private constructor(
    private readonly scratch: Scratch,
    private readonly here: Environment,
  ) {}

  /** An unreadable list is an empty one: it only describes. */
  static async open(scratch: Scratch, here: Environment): Promise<PartialProvenance> {
    const provenance = new PartialProvenance(scratch, here);
    const bytes = await scratch.read(NAME);
    if (!bytes) return provenance;
    try {
      provenance.list = listSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (error) {
      if (!(error instanceof z.ZodError) && !(error instanceof SyntaxError)) throw error;
    }
    return provenance;
  }

  /** Earlier environments, without this one when it is the latest of them. */
  get earlier(): readonly Environment[] {
    return same(this.list.at(-1), this.here) ? this.list.slice(0, -1) : this.list;
  }

  /** To be called when work done here was kept. */
  async mark(): Promise<void> {
    if (this.marked) return;
    this.marked = true;
    await this.scratch.write(NAME, `${JSON.stringify([...this.earlier, this.here], null, 2)}\n`);
  }
}

const names = environmentSchema.keyof().options;

/** Key by key: the order of keys in a file says nothing. */
const same = (a: Environment | undefined, b: Environment): boolean =>
  a !== undefined && names.every((name) => a[name] === b[name]);
