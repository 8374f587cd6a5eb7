/** Tables, rates in cells, bars, and lists of facts and terms. */
export const TABLE_STYLE = `
.scroll { overflow-x: auto; background: var(--surface); border: 1px solid var(--line); border-radius: 10px;
  margin: 0 0 14px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 1.4; }
th, td { padding: 9px 14px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody:last-child tr:last-child > * { border-bottom: 0; }
thead th { font-size: 12.5px; font-weight: 500; color: var(--soft); vertical-align: bottom; }
tbody th { font-weight: 500; color: var(--ink); white-space: nowrap; max-width: 260px; overflow: hidden;
  text-overflow: ellipsis; }
tbody th.whole { max-width: none; }
.dense { font-size: 13.5px; }
.dense th, .dense td { padding-left: 5px; padding-right: 5px; }
.dense tbody tr > :first-child, .dense thead tr:first-child > :first-child { padding-left: 14px; }
.dense tbody tr > :last-child, .dense thead tr:first-child > :last-child { padding-right: 14px; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.over { text-align: center; border-left: 1px solid var(--line); color: var(--ink); }
.group th { background: var(--page); padding-top: 7px; padding-bottom: 7px; }
.group span { font-weight: 400; color: var(--soft); margin-left: 6px; }
.heat { background: color-mix(in srgb, var(--heat) calc(var(--share) * 45%), transparent);
  color: var(--ink); }
.heat small, small.range { display: block; color: inherit; opacity: 0.65; font-size: 11.5px; }
td.zero { color: var(--zero); font-weight: 600; }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 8px;
  box-shadow: 0 0 0 1.5px var(--ring); }
.claims td { min-width: 84px; }
.claims td:nth-child(1) { min-width: 0; }
.claims td:nth-child(2) { min-width: 230px; }
.claims td:nth-child(4) { min-width: 270px; }
.claims td div + div { margin-top: 6px; }
.claims small { display: block; margin-top: 3px; }
.attacks small { display: block; line-height: 1.35; }
.attacks tbody th { white-space: normal; min-width: 170px; }
.attacks td { font-size: 13.5px; }
.attacks td:nth-child(2) { min-width: 130px; }
.attacks td:nth-child(4) { min-width: 150px; }
.fooled-rate { min-width: 180px; font-variant-numeric: tabular-nums; }
.fooled-rate small.range { white-space: nowrap; }
.fooled-rate > span:last-child { display: block; margin-top: 3px; }
.fooled-rate small.range:first-of-type { margin-left: 8px; }
.sources { font-size: 14px; padding-left: 20px; }
.sources li { margin: 0 0 4px; }
tbody th small { display: block; }
.matrix tbody td, .matrix thead tr + tr th { text-align: center; }
.matrix thead th { overflow-wrap: anywhere; white-space: normal; min-width: 96px; }
.matrix .own { box-shadow: inset 0 0 0 2px var(--soft); }
.bar { position: relative; display: inline-block; flex: none; width: 150px; height: 10px;
  border-radius: 3px; background: var(--line); vertical-align: middle; overflow: hidden;
  --fill: var(--regular); color: inherit; }
.bar::before { content: ''; position: absolute; left: 0; top: 0; bottom: 0; width: var(--value);
  background: var(--fill); }
.bar::after { content: ''; position: absolute; left: var(--low); width: calc(var(--high) - var(--low));
  min-width: 2px; top: 4px; height: 2px; background: var(--ink); opacity: 0.75; }
.bar.reveals { --fill: var(--reveals); }
.bar.misses, .bar.mixed { --fill: var(--misses); }
.bar.doubtful, .bar.doubt { --fill: var(--doubtful); }
.bar.control, .bar.none { --fill: var(--control); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 14px 32px;
  margin: 0; }
.facts dt { font-size: 13px; color: var(--soft); }
.facts dd { margin: 0; font-size: 15px; line-height: 1.45; overflow-wrap: anywhere; }
.facts .wide { grid-column: 1 / -1; order: 1; }
.keep { white-space: nowrap; }
.plain { list-style: none; margin: 0; padding: 0; }
.facts + p { margin-top: 18px; }
.terms { display: grid; grid-template-columns: minmax(140px, 220px) 1fr; gap: 10px 24px; margin: 0; }
.terms dt { color: var(--ink); font-weight: 600; font-size: 15px; }
.terms dd { margin: 0; font-size: 15px; max-width: 75ch; }
footer { font-size: 15px; }
footer ul { padding-left: 20px; margin: 0 0 12px; font-size: 14px; }
.sentences { margin: 14px 0; max-width: 80ch; }
.sentences ul { margin: 0; padding-left: 20px; }
.sentences li { margin: 0 0 4px; }
.note ul:not(.meanings) { margin: 6px 0 0; padding-left: 20px; }
`;
