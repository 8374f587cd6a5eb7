import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import chromium from '@sparticuz/chromium';
import { type Page, chromium as playwright } from 'playwright-core';
import sharp from 'sharp';
import { adversarialExample } from './adversarial-example.js';

/**
 * Makes the pictures of the README: `npm run docs:pictures`, with
 *
 *   --study FOLDER   a run directory of `foolproof reproduce`: docs/report.png
 *   --audit FOLDER   one of `foolproof audit` with several models: docs/audit.png
 *
 * and always docs/adversarial-example.png. The README's audit is that of three models in runs/:
 * hashnet-1-64.onnx, a copy of docs/results/mnist-paper/models/hash-1-64.onnx, hashnet-1-64-inhibited.onnx,
 * which `foolproof inhibit --tau 0.1` makes of it, and adversarially-trained.onnx, a copy of
 * test/fixtures/mnist-adversarial.onnx, with
 *
 *   --data mnist --effort quick --samples 128 --out runs/audit-readme
 *
 * Chromium comes in an npm package and needs no install script.
 */
const { values } = parseArgs({ options: { study: { type: 'string' }, audit: { type: 'string' } } });
const MARGIN = 24;

const browser = await playwright.launch({
  executablePath: await chromium.executablePath(),
  args: chromium.args,
});
try {
  const page = await browser.newPage({ deviceScaleFactor: 1.25 });
  await page.setViewportSize({ width: 820, height: 400 });
  await page.setContent(await adversarialExample());
  await save(await page.locator('main').screenshot(), 'docs/adversarial-example.png');
  if (values.study) await top(page, values.study, 960, 'docs/report.png');
  if (values.audit) await top(page, values.audit, 960, 'docs/audit.png');
} finally {
  await browser.close();
}

/** A report from its beginning to its table of contents, so that no sentence is cut. */
async function top(page: Page, run: string, width: number, path: string): Promise<void> {
  await page.setViewportSize({ width, height: 600 });
  await page.goto(pathToFileURL(`${run}/report.html`).href);
  const contents = await page.locator('nav').first().boundingBox();
  if (!contents) throw new Error(`${run}/report.html has no table of contents`);
  const height = Math.round(contents.y - MARGIN / 4);
  await save(await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width, height } }), path);
}

/** With a palette: a quarter of the bytes. */
async function save(png: Buffer, path: string): Promise<void> {
  await sharp(png).png({ palette: true, colours: 128, effort: 10 }).toFile(path);
}
