/** What the report of an audit has beside the look of all reports. */
export const AUDIT_STYLE = `
:root { --reveals: #cc4125; --misses: #c27a00; --doubtful: #8a5aa8; --control: #8b94a1; --usual: #2f74b5; }
@media screen and (prefers-color-scheme: dark) {
  :root { --reveals: #e8735a; --misses: #dc9c33; --doubtful: #b48ace; --control: #8f9bab; --usual: #5b9bd5; }
}
h1, h2, h3, h4, .brand { overflow-wrap: anywhere; }
h2 .chip { vertical-align: 3px; margin-left: 6px; letter-spacing: 0; }
h4 { font-size: 16px; font-weight: 600; color: var(--ink); margin: 0 0 8px; line-height: 1.35; text-wrap: pretty; }
h4 .chip { margin-right: 6px; }
.verdicts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 14px; margin-top: 26px; }
.verdict { background: var(--surface); color: var(--text); border: 1px solid var(--line); border-top: 5px solid var(--edge); border-radius: 12px; padding: 18px 22px 20px; }
.verdict, .verdicts { min-width: 0; }
.verdict { display: flex; flex-direction: column; }
.verdicts:not(.single) .why { order: 1; margin: 16px 0 0; padding-top: 12px; border-top: 1px solid var(--line); }
.verdict.bad { --edge: var(--bad); }
.verdict.mixed, .finding.mixed { --edge: var(--note-line); }
.verdict.good { --edge: var(--good); }
.finding.doubt { --edge: var(--doubtful); }
.chip.doubt { color: var(--doubtful); background: color-mix(in srgb, var(--doubtful) 15%, transparent); }
.numbers .seems { color: var(--mixed); }
.verdict.none, .finding.none { --edge: var(--none); }
.verdict h2 { font-size: 20px; margin: 0 0 10px; }
.verdict h2 a { color: inherit; text-decoration: none; }
.verdict h2 a:hover { text-decoration: underline; }
.single .why { font-size: 19px; line-height: 1.5; }
.why { overflow-wrap: anywhere; color: var(--ink); }
.fate { display: flex; gap: 2px; height: 14px; border-radius: 7px; overflow: hidden; margin: 16px 0 6px; }
.fate i { min-width: 3px; flex-basis: 0; }
i.held { background: var(--good); }
i.fell { background: var(--bad); }
i.wrong { background: var(--line); }
.key { font-size: 13px; color: var(--soft); margin: 0 0 16px; display: flex; flex-wrap: wrap; gap: 2px 16px; max-width: none; }
.key i { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 6px; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(118px, 1fr)); gap: 14px 18px; margin: 0; }
.verdicts:not(.single) .numbers:has(:nth-child(4)) { grid-template-columns: 1fr 1fr; }
.numbers dt { font-size: 13px; color: var(--soft); }
.numbers dd { margin: 0; overflow-wrap: anywhere; }
.numbers b { display: block; font-size: 20px; line-height: 1.25; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.numbers small { display: block; line-height: 1.4; }
.sentences { margin: 14px 0; padding-left: 20px; max-width: 80ch; }
.sentences li { margin: 0 0 4px; }
.note ul { margin: 6px 0 0; padding-left: 20px; }
.finding { background: var(--surface); color: var(--text); border: 1px solid var(--line); border-left: 5px solid var(--edge); border-radius: 6px 12px 12px 6px; padding: 16px 20px 8px; margin: 0 0 12px; }
.finding p, .finding ul { font-size: 15px; margin: 0 0 10px; overflow-wrap: anywhere; max-width: 85ch; }
.finding ul { padding-left: 20px; }
.finding p.soft { font-size: 13.5px; }
.rates { margin: 0 0 12px; display: grid; gap: 6px; }
.rates div { display: grid; grid-template-columns: minmax(120px, 280px) minmax(0, 1fr); gap: 2px 14px; align-items: baseline; }
.rates dt { font-size: 14px; overflow-wrap: anywhere; }
.rates dd { margin: 0; display: flex; gap: 12px; align-items: center; }
.rates dd > span:last-child { white-space: nowrap; font-size: 14px; font-variant-numeric: tabular-nums; }
.rates small.range, .fooled-rate small.range { display: inline; margin-left: 8px; opacity: 1; color: var(--soft); }
.bar { position: relative; display: inline-block; flex: none; width: 150px; height: 10px; border-radius: 3px; background: var(--line); vertical-align: middle; overflow: hidden; --fill: var(--usual); color: inherit; }
.bar::before { content: ''; position: absolute; left: 0; top: 0; bottom: 0; width: var(--value); background: var(--fill); }
.bar::after { content: ''; position: absolute; left: var(--low); width: calc(var(--high) - var(--low)); min-width: 2px; top: 4px; height: 2px; background: var(--ink); opacity: 0.75; }
.bar.reveals { --fill: var(--reveals); }
.bar.misses, .bar.mixed { --fill: var(--misses); }
.bar.doubtful, .bar.doubt { --fill: var(--doubtful); }
.bar.control, .bar.none { --fill: var(--control); }
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
.canvas svg { min-width: min(100%, 560px); }
@media (max-width: 640px) {
  .verdict { padding: 16px 16px 18px; }
  .single .why { font-size: 17px; }
  .numbers { grid-template-columns: 1fr 1fr; }
  .finding { padding: 14px 14px 6px; }
  .rates div { display: block; }
  .bar { width: 96px; }
  .attacks, .attacks tbody, .attacks tr, .attacks td, .attacks tbody th { display: block; min-width: 0; }
  .attacks thead { display: none; }
  .attacks tr { padding: 8px 0; border-bottom: 1px solid var(--line); }
  .attacks tr.group { padding: 0; }
  .attacks td, .attacks tbody th { border: 0; padding: 2px 14px; max-width: none; min-width: 0; }
  .attacks .group th { padding: 7px 14px; }
  .attacks td.n { text-align: left; white-space: normal; }
  .attacks td:empty { display: none; }
  .attacks td.n small.range { display: inline; margin-left: 8px; }
  .attacks td[data-name]::before { content: attr(data-name) ': '; color: var(--soft); }
  .attacks td[data-name='Fooled']::before { content: none; }
  .fooled-rate > span:last-child { display: inline; margin-left: 8px; }
}
@media print {
  .verdict, .finding, .rates div { break-inside: avoid; }
  .bar, .fate i, .key i, .verdict, .finding { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
