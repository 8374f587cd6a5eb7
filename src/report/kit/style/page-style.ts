import { FONT } from '../theme.js';

/**
 * Colours of light and dark pages, type, and the frame of a page. Figures keep a light card in the dark:
 * their colours were chosen for white.
 */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --surface: #ffffff; --ink: #1c2430; --text: #35404f; --soft: #687486; --line: #e1e5ea;
    --ring: transparent;
  --heat: #e07b39; --zero: #b93a20; --note: #fff6e6; --note-line: #e9a23b;
  --good: #1d7a46; --good-bg: #e0f3e7; --mixed: #8a5a00; --mixed-bg: #fdf0d3;
  --bad: #ad2f22; --bad-bg: #fbe4e0; --none: #5b6676; --none-bg: #e9edf1;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #11161d; --surface: #191f28; --ink: #f0f3f7; --text: #c8d0db; --soft: #8f9bab; --line: #2c3542;
    --ring: #5c6878;
    --heat: #d9732f; --zero: #f08a70; --note: #2a2415; --note-line: #c98a2b;
    --good: #7ad6a0; --good-bg: #163324; --mixed: #f0c265; --mixed-bg: #362a10;
    --bad: #f49a8d; --bad-bg: #3a1a17; --none: #a3aebc; --none-bg: #262e39;
  }
  .canvas { opacity: 0.94; }
}
:root { --reveals: #cc4125; --misses: #c27a00; --doubtful: #8a5aa8; --control: #8b94a1; --regular: #2f74b5; }
@media screen and (prefers-color-scheme: dark) {
  :root { --reveals: #e8735a; --misses: #dc9c33; --doubtful: #b48ace; --control: #8f9bab;
    --regular: #5b9bd5; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.6 ${FONT}; }
main { max-width: 1000px; margin: 0 auto; padding: 0 24px 48px; }
h1, h2, h3 { color: var(--ink); line-height: 1.25; text-wrap: balance; }
h1 { font-size: clamp(28px, 5vw, 42px); font-weight: 700; letter-spacing: -0.02em; margin: 6px 0 20px; }
h2 { font-size: 24px; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 14px; }
h3 { font-size: 17px; font-weight: 600; margin: 28px 0 10px; }
p { margin: 0 0 12px; max-width: 75ch; }
strong, b { color: var(--ink); font-weight: 650; }
small { font-size: 12.5px; color: var(--soft); }
code { font: 0.88em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
section, footer { padding: 40px 0 0; scroll-margin-top: 8px; }
.soft { color: var(--soft); font-size: 14px; }
.top { padding-top: 56px; }
.brand { margin: 0; font-weight: 700; color: var(--ink); }
.brand span { font-weight: 400; color: var(--soft); margin-left: 6px; }
.lead { font-size: 20px; line-height: 1.5; max-width: 64ch; }
.top ul { margin: 0; padding-left: 20px; max-width: 75ch; }
.top li { margin: 0 0 8px; }
h1, h2, h3, h4, .brand { overflow-wrap: anywhere; }
h2 .chip { vertical-align: 3px; margin-left: 6px; letter-spacing: 0; }
h4 { font-size: 16px; font-weight: 600; color: var(--ink); margin: 0 0 8px; line-height: 1.35;
  text-wrap: pretty; }
h4 .chip { margin-right: 6px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-top: 28px; padding: 12px 0; font-size: 14px;
  border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
nav a { color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); text-decoration: underline; }
details { margin: 0 0 14px; }
summary { cursor: pointer; font-size: 14.5px; margin: 0 0 10px; }
`;
