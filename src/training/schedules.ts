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

const linear: Schedule = { name: 'linear', help: 'a straight line to zero', factor: (progress) => 1 - progress };

const step: Schedule = {
  name: 'step',
  help: 'a tenth of the rate after half of the training, a hundredth after three quarters',
  factor: (progress) => (progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01),
};

/** Every schedule by name. A new one is one entry here. */
export const schedules: Readonly<Record<string, Schedule>> = { constant, cosine, linear, step };
