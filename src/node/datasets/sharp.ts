import { optionalPackage } from '../../core/base/optional-package.js';

/**
 * The decoder of images, loaded on first use: data that are no image files need no such package.
 * @throws ToolkitError `package-missing`
 */
export const loadSharp = async () =>
  (await optionalPackage('sharp', 'decoding image files', () => import('sharp'))).default;
