/** What stands in a frame of its own: tiles, chips, verdicts, findings. */
export const CARD_STYLE = `
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 10px;
  margin-top: 28px; }
.tile { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 14px; }
.tile b { display: block; font-size: 22px; white-space: nowrap; line-height: 1.2; letter-spacing: -0.02em;
  font-variant-numeric: tabular-nums; }
.tile span { display: block; font-size: 14px; margin-top: 4px; color: var(--text); overflow-wrap: anywhere; }
.tile small { display: block; line-height: 1.4; margin-top: 2px; }
.chip { display: inline-block; border-radius: 99px; padding: 2px 10px; font-size: 12.5px; font-weight: 600;
  white-space: nowrap; }
.good { color: var(--good); background: var(--good-bg); }
.mixed { color: var(--mixed); background: var(--mixed-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
.none { color: var(--none); background: var(--none-bg); }
.tag { font-size: 12.5px; font-weight: 400; color: var(--soft); border: 1px solid var(--line);
  border-radius: 99px;
  padding: 1px 9px; margin-left: 6px; white-space: nowrap; vertical-align: 1px; }
.note { background: var(--note); border-left: 4px solid var(--note-line); border-radius: 4px 10px 10px 4px;
  padding: 14px 18px;
  margin: 16px 0; max-width: 80ch; }
.meanings { margin: 0 0 8px; padding: 0; list-style: none; }
.meanings li { margin: 0 0 8px; }
.verdicts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr));
  gap: 14px; margin-top: 26px; }
.verdict { background: var(--surface); color: var(--text); border: 1px solid var(--line);
  border-top: 5px solid var(--edge); border-radius: 12px; padding: 18px 22px 20px; }
.verdict, .verdicts { min-width: 0; }
.verdict { display: flex; flex-direction: column; }
.verdicts:not(.single) .why { order: 1; margin: 16px 0 0; padding-top: 12px;
  border-top: 1px solid var(--line); }
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
.outcomes { display: flex; gap: 2px; height: 14px; border-radius: 7px; overflow: hidden; margin: 16px 0 6px; }
.outcomes i { min-width: 3px; flex-basis: 0; }
i.held { background: var(--good); }
i.fell { background: var(--bad); }
i.wrong { background: var(--line); }
.key { font-size: 13px; color: var(--soft); margin: 0 0 16px; display: flex; flex-wrap: wrap;
  gap: 2px 16px; max-width: none; }
.key i { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 6px; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(118px, 1fr)); gap: 14px 18px;
  margin: 0; }
.verdicts:not(.single) .numbers:has(:nth-child(4)) { grid-template-columns: 1fr 1fr; }
.numbers dt { font-size: 13px; color: var(--soft); }
.numbers dd { margin: 0; overflow-wrap: anywhere; }
.numbers b { display: block; font-size: 20px; line-height: 1.25; letter-spacing: -0.02em;
  font-variant-numeric: tabular-nums; }
.numbers small { display: block; line-height: 1.4; }
.finding { background: var(--surface); color: var(--text); border: 1px solid var(--line);
  border-left: 5px solid var(--edge); border-radius: 6px 12px 12px 6px; padding: 16px 20px 8px;
    margin: 0 0 12px; }
.finding p, .finding ul { font-size: 15px; margin: 0 0 10px; overflow-wrap: anywhere; max-width: 85ch; }
.finding ul { padding-left: 20px; }
.finding p.soft { font-size: 13.5px; }
.rates { margin: 0 0 12px; display: grid; gap: 6px; }
.rates div { display: grid; grid-template-columns: minmax(120px, 280px) minmax(0, 1fr); gap: 2px 14px;
  align-items: baseline; }
.rates dt { font-size: 14px; overflow-wrap: anywhere; }
.rates dd { margin: 0; display: flex; gap: 12px; align-items: center; }
.rates dd > span:last-child { white-space: nowrap; font-size: 14px; font-variant-numeric: tabular-nums; }
.rates small.range, .fooled-rate small.range { display: inline; margin-left: 8px; opacity: 1;
  color: var(--soft); }
`;
