import { readFileSync } from 'node:fs';

const [, , target, file] = process.argv;
const { targets } = await import('/tmp/wt/faults/test/fuzz/targets/index.ts');
const b = new Uint8Array(readFileSync(file));

const t = performance.now();
try {
  await targets[target].run(b);
  console.log('fine', performance.now() - t);
} catch (e) {
  console.log(e);
  console.log(e.cause);
}
process.exit();
