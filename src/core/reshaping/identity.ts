import { defineReshaping } from './reshaping.js';

/** `W = theta`: the uncompressed model, so that code need not treat it as a special case. */
export const identity = defineReshaping({
  name: 'identity',
  title: 'Uncompressed',
  source: 'none',
  kind: 'identity',
  parameters: {},
  storedDims: (dims) => dims,
  initialize: (weight) => weight,
  emit: (g, theta) => g.op('Identity', [theta]),
});
