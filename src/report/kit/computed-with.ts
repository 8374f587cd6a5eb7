import { html, type Markup } from './markup.js';
import { time } from './number-text.js';

/** Where results were computed. */
export interface Environment {
  readonly node: string;
  readonly onnxruntime: string;
  readonly platform: string;
  readonly cpu: string;
  readonly device?: string | undefined;
}

/** What one has to know to expect the same numbers again. @param finished ISO 8601 time */
export const computedWith = (
  { onnxruntime, node, platform, cpu, device }: Environment,
  finished: string,
): Markup =>
  html`<p class="soft">Computed with ONNX Runtime ${onnxruntime} on Node ${node}, ${platform},
${[cpu, device].filter(Boolean).join(', ')}. Finished ${time(finished)}. Another processor may round
differently and move single images.</p>`;
