import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeRuntime } from '../../src/node/runtime.js';
import { RunDirectory } from '../../src/node/store/run-directory.js';
import { DataSource } from '../../src/node/work/data-source.js';
import { InProcessExecutor } from '../../src/node/work/in-process.js';
import { parsePlan } from '../../src/node/work/plan.js';

/*
 * A program that runs a plan: `run-plan.ts <folder>`, where the folder is the store and holds `plan.json`. It
 * knows of nothing else, and prints the ids of the steps that it has computed.
 */
const [, , root = ''] = process.argv;
const store = await RunDirectory.open(root);
const plan = parsePlan(JSON.parse(await readFile(join(root, 'plan.json'), 'utf8')));
const runtime = await nodeRuntime({ threads: 1 });
const executor = new InProcessExecutor({ runtime, store, data: new DataSource(store) });
for await (const { step, found } of executor.run(plan)) if (!found) process.stdout.write(`${step.id}\n`);
await executor.close();
await store.close();
