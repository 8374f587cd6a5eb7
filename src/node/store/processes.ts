import { errorCode } from './files.js';

/** True when a process with this number runs on this machine. */
export function isRunning(pid: number): boolean {
  try {
    // Signal 0 only tests.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, but another user's.
    return errorCode(error) !== 'ESRCH';
  }
}
