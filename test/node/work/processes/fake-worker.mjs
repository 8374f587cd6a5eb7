// A worker process without an engine: it does what the id of the step says.
let stopping = false;
let answer = { type: 'stopped' };
const steps = {
  works: () => process.send({ type: 'finished', found: false }),
  finds: () => process.send({ type: 'finished', found: true }),
  reports: () => {
    process.send({ type: 'begin', label: 'train', total: 3, unit: 'images' });
    process.send({ type: 'advance', done: 2, detail: 'loss' });
    process.send({ type: 'end', summary: 'good' });
    process.send({ type: 'finished', found: false });
  },
  refuses: () =>
    process.send({
      type: 'failed',
      error: {
        code: 'diverged',
        data: { what: 'training', step: 3, hint: 'Less.' },
        stack: 'deep in a worker',
      },
    }),
  'has a bug': () =>
    process.send({ type: 'failed', error: { message: 'x is undefined', stack: 'deep in a worker' } }),
  'is killed': () => process.kill(process.pid, 'SIGKILL'),
  crashes: () => {
    throw new Error('last words');
  },
  'is told to stop': () => process.send({ type: 'stopped' }),
  waits: () => {
    process.send({ type: 'begin', label: `waits ${process.pid}`, total: 1, unit: 'images' });
    if (stopping) process.send(answer);
  },
  // In the moment in which it is told to stop.
  finishes: () => {
    answer = { type: 'finished', found: false };
    steps.waits();
  },
};
process.on('disconnect', () => process.exit());
process.on('message', ({ type, assignment }) => {
  // Steps of one plan have ids of their own: "works 2".
  if (type === 'step') return steps[assignment.id.replace(/ \d+$/, '')]();
  stopping = true;
  process.send(answer);
});
