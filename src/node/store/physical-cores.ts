import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Cores of this machine that have arithmetic of their own, as far as the system tells: what an engine makes
 * threads for. Two hardware threads of one core count once.
 */
export function physicalCores(cpuinfo: string = readCpuinfo(), available = availableParallelism()): number {
  const cores = new Set<string>();
  for (const processor of cpuinfo.split(/\n\s*\n/)) {
    const field = (name: string) => new RegExp(`^${name}\\s*: (\\d+)$`, 'm').exec(processor)?.[1];
    const [chip, core] = [field('physical id'), field('core id')];
    if (chip !== undefined && core !== undefined) cores.add(`${chip} ${core}`);
  }
  return Math.max(1, Math.min(cores.size || available, available));
}

/** Linux only; empty elsewhere. */
function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
