import { cpus } from 'node:os';

/** What a result was computed on; recorded beside it, never used to compute it. */
export const environment = (): { node: string; platform: string; cpu: string } => ({
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  cpu: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
});
