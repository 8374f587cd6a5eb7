/*
 * Every bound on what a file, a folder or a flag may ask for, in one place. Each is checked before the memory
 * or the time is taken, and what exceeds it is a user error with one line.
 */

/** Bounds on a model file. */
export const MODEL_LIMITS = {
  /** Bytes of one tensor: a protobuf message holds no more. */
  tensorBytes: 2 ** 31,
  /** Dimensions of one value; NumPy has 64, ONNX Runtime's kernels far fewer. */
  rank: 64,
  /**
   * Bytes of a value of known size for one image, inputs and computed constants too. The largest of a
   * published classifier (64 channels of 1,024 x 1,024) has half.
   */
  valueBytes: 2 ** 29,
  /** Bytes of all constants that are computed and much larger than what they are computed from. */
  grownBytes: 2 ** 30,
  /** Nodes of a graph, its bodies and functions written out. Published classifiers have up to 20,000. */
  nodes: 250_000,
  /** Graphs within graphs. */
  nesting: 32,
  /** Terms of a symbolic dimension. */
  dimensionTerms: 64,
  /** Characters of a dimension's expression. */
  dimensionText: 1024,
  /** Elements of a constant that a gradient, a lowering or an upgrade writes. */
  writtenElements: 2 ** 26,
  /** Positions of a kernel that a gradient writes nodes for; published networks have up to 31 x 31. */
  kernelPositions: 4096,
  /** Steps of a search that visits some values again and again. */
  steps: 20_000_000,
  /** Characters of a name that a rewriting makes from others. */
  name: 400,
  /** Problems of one file that are collected. */
  problems: 100,
} as const;

/** Bounds on an archive of arrays, besides the bytes that its reader allows. */
export const ARCHIVE_LIMITS = {
  /** Bytes unpacked from which on an archive has to be plausible. */
  suspiciousBytes: 2 ** 26,
  /** Times its own size that an archive unpacks to; images of digits come to about 20. */
  ratio: 200,
} as const;

/** Bounds on text that is shown. Files and JSON hold it whole. */
export const TEXT_LIMITS = {
  /** Characters of a name within a sentence or a table. */
  name: 120,
  /** Characters of one piece of data of an error. */
  detail: 600,
  /** Characters of a line. */
  line: 2400,
  /** Rows of a table. */
  rows: 200,
} as const;
