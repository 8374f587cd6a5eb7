import { ToolkitError } from '../../core/base/errors.js';
import type { Tensor } from '../../core/tensor/tensor.js';
import { loadSharp } from './drawing-packages.js';
import { GALLERY_GAP } from './png.js';

/** An attacked input, before and after. */
export interface GalleryRow {
  /** Input before the attack, `[C, H, W]` flattened, values in [0, 1]. */
  readonly original: Float32Array;
  /** The same input after the attack. */
  readonly perturbed: Float32Array;
}

/**
 * Ends and middle of the colours for a signed change of a grey value: blue is darker, grey unchanged, orange
 * lighter.
 */
const DARKER = [33, 102, 172];
const SAME = [238, 238, 238];
const LIGHTER = [214, 96, 20];

/** Whether inputs of these dimensions, `[N, C, H, W]`, can be drawn: grey or colour images. */
export const isDrawable = ({ length, 1: channels }: readonly number[]): boolean =>
  length === 4 && (channels === 1 || channels === 3);

/** The same as `galleryPng` for whole tensors, `[N, C, H, W]`. */
export function gallerySheetPng(
  originals: Tensor<'float32'>,
  adversarial: Tensor<'float32'>,
): Promise<Uint8Array> {
  const [count = 0, channels = 0, height = 0, width = 0] = originals.dims;
  const size = channels * height * width;
  const row = ({ data }: Tensor<'float32'>, i: number) => data.subarray(i * size, (i + 1) * size);
  const rows = Array.from({ length: count }, (_, i) => ({
    original: row(originals, i),
    perturbed: row(adversarial, i),
  }));
  return galleryPng(rows, [channels, height, width]);
}

/**
 * Draws attacked inputs as one PNG: a row for each input with the original, the perturbation and the result.
 *
 * The perturbation is scaled by its own largest absolute value in that row, and no change is drawn fainter
 * than a third of that: a change that a bound cut short must stay visible. Grey inputs (C = 1) show it in
 * diverging colours; for colour inputs (C = 3) each channel is centred on mid-grey.
 *
 * @param rows inputs, `[C, H, W]` flattened
 * @param dims `[C, H, W]` with C = 1 or 3
 */
export async function galleryPng(
  rows: readonly GalleryRow[],
  dims: readonly [number, number, number],
): Promise<Uint8Array> {
  const [channels, height, width] = dims;
  if (channels !== 1 && channels !== 3) {
    throw new ToolkitError('bad-value', {
      what: 'gallery channels',
      expected: '1 or 3',
      received: String(channels),
    });
  }
  if (rows.length === 0) {
    throw new ToolkitError('nothing-to-do', {
      what: 'A gallery of no inputs',
      hint: 'Pass at least one attacked input.',
    });
  }
  const size = channels * height * width;
  for (const { original, perturbed } of rows) {
    if (original.length !== size || perturbed.length !== size) {
      const received = `${original.length} and ${perturbed.length} values`;
      throw new ToolkitError('data-mismatch', {
        what: 'gallery row',
        expected: `${size} values each`,
        received,
      });
    }
  }

  // Tiles of about 112 pixels: large enough to see a single pixel, small enough for three in a row on a
  // phone.
  const zoom = Math.max(1, Math.round(112 / Math.max(height, width)));
  const [tileWidth, tileHeight] = [width * zoom, height * zoom];
  const sheetWidth = 3 * tileWidth + 2 * GALLERY_GAP;
  const sheetHeight = rows.length * tileHeight + (rows.length - 1) * GALLERY_GAP;
  // Gaps stay transparent, so that the sheet sits on light and on dark pages.
  const sheet = new Uint8Array(sheetWidth * sheetHeight * 4);

  rows.forEach(({ original, perturbed }, row) => {
    const tiles = [pixels(original, dims), perturbation(original, perturbed, dims), pixels(perturbed, dims)];
    tiles.forEach((tile, column) => {
      const left = column * (tileWidth + GALLERY_GAP);
      const top = row * (tileHeight + GALLERY_GAP);
      for (let y = 0; y < tileHeight; y++) {
        for (let x = 0; x < tileWidth; x++) {
          const from = 3 * (Math.floor(y / zoom) * width + Math.floor(x / zoom));
          const to = 4 * ((top + y) * sheetWidth + left + x);
          sheet.set(tile.subarray(from, from + 3), to);
          sheet[to + 3] = 255;
        }
      }
    });
  });
  const sharp = await loadSharp();
  const png = await sharp(sheet, { raw: { width: sheetWidth, height: sheetHeight, channels: 4 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return new Uint8Array(png);
}

/** `[C, H, W]` in [0, 1] to `[H, W, 3]` bytes. */
function pixels(
  values: Float32Array,
  [channels, height, width]: readonly [number, number, number],
): Uint8Array {
  const area = height * width;
  const out = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++)
      out[3 * i + c] = byte((values[(channels === 1 ? 0 : c) * area + i] ?? 0) * 255);
  }
  return out;
}

function perturbation(
  original: Float32Array,
  perturbed: Float32Array,
  [channels, height, width]: readonly [number, number, number],
): Uint8Array {
  const area = height * width;
  const change = perturbed.map((value, i) => value - (original[i] ?? 0));
  const largest = change.reduce((max, value) => Math.max(max, Math.abs(value)), 0) || 1;
  const out = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) {
      const share = visible((change[(channels === 1 ? 0 : c) * area + i] ?? 0) / largest);
      out[3 * i + c] = channels === 1 ? diverging(share, c) : byte(127.5 + 127.5 * share);
    }
  }
  return out;
}

/** Smallest part of the full colour that a change is drawn with, and below what a change is rounding. */
const [MIN_COLOUR, ROUNDING] = [1 / 3, 1e-3];

const visible = (share: number): number =>
  Math.abs(share) < ROUNDING ? share : Math.sign(share) * Math.max(Math.abs(share), MIN_COLOUR);

/** One channel of the colour for a change in [-1, 1]. */
function diverging(share: number, channel: number): number {
  const end = (share < 0 ? DARKER : LIGHTER)[channel] ?? 0;
  const middle = SAME[channel] ?? 0;
  return byte(middle + (end - middle) * Math.abs(share));
}

const byte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
