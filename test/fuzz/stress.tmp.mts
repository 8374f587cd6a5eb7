import { loadModelBytes } from '../../src/core/models/model-file.js';
import { inspectModel } from '../../src/core/models/model-summary.js';
import { largeModels } from './large.ts';

const size = Number(process.argv[2]);
const only = process.argv[3];
for (const [name, make] of Object.entries(largeModels(size))) {
  if (only && name !== only) continue;
  const bytes = make();
  const t0 = process.cpuUsage();
  const ms = () => {
    const u = process.cpuUsage(t0);
    return Math.round((u.user + u.system) / 1000);
  };
  let note = '';
  let load = 0;
  try {
    const m = await loadModelBytes(bytes, 'm.onnx');
    load = ms();
    inspectModel(m.model);
  } catch (e) {
    note = String(e.code ?? e) + ' ' + e.message.slice(0, 80);
  }
  console.log(
    name,
    '|',
    (bytes.length / 1e6).toFixed(1),
    'MB load',
    load,
    'all',
    ms(),
    'ms',
    (process.memoryUsage.rss() / 2 ** 20).toFixed(0),
    'MiB',
    note,
  );
}
process.exit();
