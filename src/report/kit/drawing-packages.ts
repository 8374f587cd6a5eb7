import { optionalPackage } from '../../core/base/optional-package.js';

/** The packages that draw figures, loaded when they are needed. */
interface Drawing {
  readonly vega: typeof import('vega');
  readonly compile: typeof import('vega-lite').compile;
}

/** What draws figures. @throws ToolkitError `package-missing` */
export async function loadVega(): Promise<Drawing> {
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
