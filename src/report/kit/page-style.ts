import { FONT } from './theme.js';

/** The whole look of the report. Figures keep a light card in dark mode: their colours were chosen for white. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --surface: #ffffff; --ink: #1c2430; --text: #35404f; --soft: #687486; --line: #e1e5ea; --ring: transparent;
  --heat: #e07b39; --zero: #b93a20; --note: #fff6e6; --note-line: #e9a23b;
  --good: #1d7a46; --good-bg: #e0f3e7; --mixed: #8a5a00; --mixed-bg: #fdf0d3;
  --bad: #ad2f22; --bad-bg: #fbe4e0; --none: #5b6676; --none-bg: #e9edf1;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #11161d; --surface: #191f28; --ink: #f0f3f7; --text: #c8d0db; --soft: #8f9bab; --line: #2c3542; --ring: #5c6878;
    --heat: #d9732f; --zero: #f08a70; --note: #2a2415; --note-line: #c98a2b;
    --good: #7ad6a0; --good-bg: #163324; --mixed: #f0c265; --mixed-bg: #362a10;
    --bad: #f49a8d; --bad-bg: #3a1a17; --none: #a3aebc; --none-bg: #262e39;
  }
  .canvas { opacity: 0.94; }
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
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 10px; margin-top: 28px; }
.tile { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 14px; }
.tile b { display: block; font-size: 22px; white-space: nowrap; line-height: 1.2; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tile span { display: block; font-size: 14px; margin-top: 4px; color: var(--text); overflow-wrap: anywhere; }
.tile small { display: block; line-height: 1.4; margin-top: 2px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-top: 28px; padding: 12px 0; font-size: 14px;
  border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
nav a { color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); text-decoration: underline; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 14px 32px; margin: 0; }
.facts dt { font-size: 13px; color: var(--soft); }
.facts dd { margin: 0; font-size: 15px; line-height: 1.45; overflow-wrap: anywhere; }
.facts .wide { grid-column: 1 / -1; order: 1; }
.keep { white-space: nowrap; }
.plain { list-style: none; margin: 0; padding: 0; }
.facts + p { margin-top: 18px; }
.scroll { overflow-x: auto; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; margin: 0 0 14px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 1.4; }
th, td { padding: 9px 14px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody:last-child tr:last-child > * { border-bottom: 0; }
thead th { font-size: 12.5px; font-weight: 500; color: var(--soft); vertical-align: bottom; }
tbody th { font-weight: 500; color: var(--ink); white-space: nowrap; max-width: 260px; overflow: hidden; text-overflow: ellipsis; }
tbody th.whole { max-width: none; }
.dense { font-size: 13.5px; }
.dense th, .dense td { padding-left: 5px; padding-right: 5px; }
.dense tbody tr > :first-child, .dense thead tr:first-child > :first-child { padding-left: 14px; }
.dense tbody tr > :last-child, .dense thead tr:first-child > :last-child { padding-right: 14px; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.over { text-align: center; border-left: 1px solid var(--line); color: var(--ink); }
.group th { background: var(--page); padding-top: 7px; padding-bottom: 7px; }
.group span { font-weight: 400; color: var(--soft); margin-left: 6px; }
.sum > * { border-top: 2px solid var(--line); font-weight: 600; color: var(--ink); }
.heat { background: color-mix(in srgb, var(--heat) calc(var(--share) * 45%), transparent); color: var(--ink); }
.heat small, small.range { display: block; color: inherit; opacity: 0.65; font-size: 11.5px; }
td.zero { color: var(--zero); font-weight: 600; }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 8px; box-shadow: 0 0 0 1.5px var(--ring); }
.claims td { min-width: 84px; }
.claims td:nth-child(1) { min-width: 0; }
.claims td:nth-child(2) { min-width: 230px; }
.claims td:nth-child(4) { min-width: 270px; }
.claims td div + div { margin-top: 6px; }
.claims small { display: block; margin-top: 3px; }
.chip { display: inline-block; border-radius: 99px; padding: 2px 10px; font-size: 12.5px; font-weight: 600; white-space: nowrap; }
.good { color: var(--good); background: var(--good-bg); }
.mixed { color: var(--mixed); background: var(--mixed-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
.none { color: var(--none); background: var(--none-bg); }
.tag { font-size: 12.5px; font-weight: 400; color: var(--soft); border: 1px solid var(--line); border-radius: 99px;
  padding: 1px 9px; margin-left: 6px; white-space: nowrap; vertical-align: 1px; }
.note { background: var(--note); border-left: 4px solid var(--note-line); border-radius: 4px 10px 10px 4px; padding: 14px 18px;
  margin: 16px 0; max-width: 80ch; }
.meanings { margin: 0 0 8px; padding: 0; list-style: none; }
.meanings li { margin: 0 0 8px; }
details { margin: 0 0 14px; }
summary { cursor: pointer; font-size: 14.5px; margin: 0 0 10px; }
figure { margin: 0 0 20px; background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 20px 24px; }
figure h3 { margin: 0 0 14px; }
.canvas { background: #ffffff; border-radius: 8px; overflow-x: auto; padding: 6px; }
.canvas svg { display: block; margin: 0 auto; max-width: 100%; min-width: min(100%, 620px); height: auto; }
figcaption { margin-top: 14px; font-size: 14.5px; }
figcaption p { margin: 0 0 8px; max-width: 85ch; }
figcaption ul { margin: 0; padding-left: 20px; max-width: 90ch; }
.store { position: absolute; }
.store image, .card svg { image-rendering: pixelated; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 12px; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 10px; }
.card svg { display: block; width: 100%; height: auto; border-radius: 4px; }
.card p { margin: 8px 0 0; font-size: 15px; font-variant-numeric: tabular-nums; }
.card p span { color: var(--soft); font-size: 13px; margin-left: 6px; }
.card small { display: block; line-height: 1.4; }
.fooled { color: var(--zero); }
.terms { display: grid; grid-template-columns: minmax(140px, 220px) 1fr; gap: 10px 24px; margin: 0; }
.terms dt { color: var(--ink); font-weight: 600; font-size: 15px; }
.terms dd { margin: 0; font-size: 15px; max-width: 75ch; }
footer { font-size: 15px; }
footer ul { padding-left: 20px; margin: 0 0 12px; font-size: 14px; }
@media (max-width: 640px) {
  main { padding: 0 14px 32px; }
  .top { padding-top: 32px; }
  .lead { font-size: 18px; }
  figure { padding: 16px 14px; margin-left: -4px; margin-right: -4px; }
  .canvas svg { width: 620px; min-width: 620px; max-width: none; }
  .claims, .claims tbody, .claims tr, .claims td { display: block; min-width: 0; }
  .claims thead { display: none; }
  .claims tr { padding: 10px 0; border-bottom: 1px solid var(--line); }
  .claims td { border: 0; padding: 3px 14px; }
  .claims td[data-name]::before { content: attr(data-name) ': '; color: var(--soft); }
  .terms { display: block; }
  .terms dd { margin-bottom: 12px; }
}
@media print {
  body { background: #ffffff; font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  section { padding-top: 24px; }
  figure, .tile, .card, tr, .note, .facts div { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll, .canvas { overflow: visible; }
  .canvas svg { min-width: 0; max-width: 100%; }
  .heat, .chip, .dot, .note, .group th { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
