export { severities } from './finding.js';
export const overallVerdicts = ['fooled', 'masked', 'robust', 'inconclusive'] as const;
