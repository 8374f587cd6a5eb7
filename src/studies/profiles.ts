/** How much of a study is done. Everything here enters the keys of the steps, so profiles never share wrong results. */
export interface StudyProfile {
  readonly name: string;
  readonly help: string;
  readonly architecture: string;
  /** Kernel size of its convolutions. */
  readonly kernel: number;
  /** First training images that are used, and how often each is seen. */
  readonly trainImages: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly compressions: readonly string[];
  /** Test images for the accuracy of the models, for accuracy over tau, and for attacks; fewer than all are a random choice. */
  readonly testImages: number;
  readonly inhibitedTestImages: number;
  readonly attackSamples: number;
  readonly epsilons: readonly number[];
  readonly taus: readonly number[];
  readonly objectives: readonly string[];
}

/** The paper's MNIST network (section IV); kernels and pooling are our reading, see docs/architecture.md. */
const PAPER_NETWORK = { architecture: '784-C64-C128-F512-10', kernel: 5 };

/** Every profile of the MNIST study by name. */
export const mnistProfiles: Readonly<Record<string, StudyProfile>> = {
  quick: {
    name: 'quick',
    help: 'a first answer within minutes: three models on a reduced budget, every kind of measurement',
    ...PAPER_NETWORK,
    trainImages: 15_000,
    epochs: 1,
    batchSize: 64,
    learningRate: 2e-3,
    compressions: ['none', 'hash:1/8', 'hash:1/64'],
    testImages: 10_000,
    inhibitedTestImages: 2_000,
    attackSamples: 500,
    epsilons: [0.1, 0.2, 0.3, 0.4, 0.5],
    taus: [0, 0.01, 0.02, 0.05, 0.1],
    objectives: ['cross-entropy', 'cross-entropy-clipped'],
  },
};
