// A worker process without a study: it does what the name of the model says.
let stopping = false;
let answer = { type: 'stopped' };
const steps = {
  works: () => process.send({ type: 'finished', computed: 2 }),
  reports: () => {
    process.send({ type: 'begin', label: 'train', total: 3, unit: 'images' });
    process.send({ type: 'finished', computed: 0 });
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
    answer = { type: 'finished', computed: 1 };
    steps.waits();
  },
};
process.on('disconnect', () => process.exit());
process.on('message', ({ type, id }) => {
  if (type === 'model') return steps[id]();
  stopping = true;
  process.send(answer);
});
