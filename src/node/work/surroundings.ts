import { z } from 'zod';
import type { Runtime } from '../../core/runtime/runtime.js';
import type { Folder } from '../store/folder.js';
import { environment } from '../store/machine.js';

/** What a result was computed on and with; recorded beside it, never used to compute it. */
export const surroundingsSchema = z.strictObject({
  node: z.string(),
  onnxruntime: z.string(),
  platform: z.string(),
  cpu: z.string(),
  device: z.string().optional().describe('"cuda" for a GPU; absent for the processor'),
});

export type Surroundings = z.infer<typeof surroundingsSchema>;

export const surroundingsOf = ({ version, device }: Pick<Runtime, 'version' | 'device'>): Surroundings => ({
  onnxruntime: version,
  ...(device !== 'cpu' && { device }),
  ...environment(),
});

/** Every place of a step, in order. */
export const placesOf = ({
  earlier = [],
  ...last
}: Surroundings & { readonly earlier?: readonly Surroundings[] }) => {
  const { node, onnxruntime, platform, cpu, device } = last;
  return [...earlier, { node, onnxruntime, platform, cpu, ...(device && { device }) }];
};

const NAME = 'surroundings.json';
const trailSchema = z.array(surroundingsSchema).max(100);

/**
 * Where the kept work of an unfinished step was done, in order: a training that was interrupted on one machine and
 * went on on another is a result of both. Lies beside the step's checkpoints and goes with them.
 */
export class Trail {
  private places: readonly Surroundings[] = [];
  private marked = false;

  private constructor(
    private readonly scratch: Folder,
    private readonly here: Surroundings,
  ) {}

  /** An unreadable trail is an empty one: it only describes. */
  static async open(scratch: Folder, here: Surroundings): Promise<Trail> {
    const trail = new Trail(scratch, here);
    if (await scratch.has(NAME)) {
      try {
        trail.places = trailSchema.parse(JSON.parse(new TextDecoder().decode(await scratch.read(NAME))));
      } catch (error) {
        if (!(error instanceof z.ZodError) && !(error instanceof SyntaxError)) throw error;
      }
    }
    return trail;
  }

  /** Earlier places, without this one when it is the latest of them. */
  get earlier(): readonly Surroundings[] {
    return same(this.places.at(-1), this.here) ? this.places.slice(0, -1) : this.places;
  }

  /** To be called when work done here was kept. */
  async mark(): Promise<void> {
    if (this.marked) return;
    this.marked = true;
    await this.scratch.write(NAME, `${JSON.stringify([...this.earlier, this.here], null, 2)}\n`);
  }
}

/** Key by key: the order of keys in a file says nothing. */
const same = (a: Surroundings | undefined, b: Surroundings): boolean =>
  a !== undefined &&
  Object.keys(surroundingsSchema.shape).every(
    (key) => a[key as keyof Surroundings] === b[key as keyof Surroundings],
  );
