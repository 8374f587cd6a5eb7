#!/usr/bin/env node

/** Set for the process that does the work. */
const INNER = 'FOOLPROOF_SUPERVISED';

// A debugger listens at one port, which two processes cannot share.
const isDebugged = process.execArgv.some((argument) => argument.startsWith('--inspect'));

if (process.env[INNER] === String(process.ppid) || isDebugged) await import('./program-process.js');
else {
  const { supervise } = await import('./supervisor.js');
  await supervise(process.argv.slice(2), { ...process.env, [INNER]: String(process.pid) });
}
