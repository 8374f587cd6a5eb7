import { optionalPackage } from '../../core/base/optional-package.js';

/** What draws figures. @throws ToolkitError `package-missing` */
export async function loadVega() {
  const vega = await optionalPackage('vega', 'drawing figures', () => import('vega'));
  const { compile } = await optionalPackage('vega-lite', 'drawing figures', () => import('vega-lite'));
  return { vega, compile };
}

/** What writes PNG files. @throws ToolkitError `package-missing` */
export const loadSharp = async () =>
  (await optionalPackage('sharp', 'drawing a gallery', () => import('sharp'))).default;

/**
 * To be called before hours of work whose report could not be drawn.
 * @throws ToolkitError `package-missing`
 */
export async function assertCanDraw(): Promise<void> {
  await loadSharp();
  await loadVega();
}
