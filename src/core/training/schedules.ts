/** A learning-rate schedule: from the share of training done, [0, 1], to a factor of the base rate. */
export interface Schedule {
  readonly name: string;
  readonly help: string;
  factor(progress: number): number;
}

const constant: Schedule = { name: 'constant', help: 'the same rate throughout', factor: () => 1 };

const cosine: Schedule = {
  name: 'cosine',
  help: 'half a cosine from the full rate to zero (Loshchilov and Hutter 2017)',
  factor: (progress) => 0.5 * (1 + Math.cos(Math.PI * progress)),
};

const linear: Schedule = {
  name: 'linear',
  help: 'a straight line to zero',
  factor: (progress) => 1 - progress,
};

const step: Schedule = {
  name: 'step',
  help: 'a tenth of the rate after half of the training, a hundredth after three quarters',
  factor: (progress) => (progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01),
};

/** Share of a cycle in which the rate still rises, and the factor that it rises from. */
const [RISING, LOWEST] = [0.25, 0.04];

const oneCycle: Schedule = {
  name: 'one-cycle',
  help:
    'a straight line up from a twenty-fifth over the first quarter, and another down to zero ' +
    '(Smith and Topin 2018)',
  factor: (progress) =>
    progress < RISING ? LOWEST + (1 - LOWEST) * (progress / RISING) : (1 - progress) / (1 - RISING),
};

/** Every schedule by name. A new one is one entry here. */
export const schedules = {
  constant,
  cosine,
  linear,
  step,
  'one-cycle': oneCycle,
} as const satisfies Readonly<Record<string, Schedule>>;

export type ScheduleName = keyof typeof schedules;
