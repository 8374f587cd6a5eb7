/** Narrow screens and paper; comes last, since it overrides the others. */
export const MEDIA_STYLE = `
@media (max-width: 640px) {
  main { padding: 0 14px 32px; }
  .top { padding-top: 32px; }
  .lead { font-size: 18px; }
  figure { padding: 16px 14px; margin-left: -4px; margin-right: -4px; }
  .canvas svg { width: 620px; min-width: 620px; max-width: none; }
  .stacked, .stacked tbody, .stacked tr, .stacked td, .stacked tbody th { display: block; }
  .stacked thead, .stacked td:empty { display: none; }
  .stacked tr { padding: 9px 0; border-bottom: 1px solid var(--line); }
  .stacked tr.group { padding: 0; }
  .stacked td, .stacked tbody th { border: 0; padding: 3px 14px; max-width: none; min-width: 0 !important; }
  .stacked .group th { padding: 7px 14px; }
  .stacked td.n { text-align: left; white-space: normal; }
  .stacked td.n small.range { display: inline; margin-left: 8px; }
  .stacked td[data-name]::before { content: attr(data-name) ': '; color: var(--soft); }
  .stacked td[data-name='Fooled']::before { content: none; }
  .terms { display: block; }
  .terms dd { margin-bottom: 12px; }
  .verdict { padding: 16px 16px 18px; }
  .single .why { font-size: 17px; }
  .numbers { grid-template-columns: 1fr 1fr; }
  .finding { padding: 14px 14px 6px; }
  .rates div { display: block; }
  .bar { width: 96px; }
  .fooled-rate > span:last-child { display: inline; margin-left: 8px; }
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
  .verdict, .finding, .rates div { break-inside: avoid; }
  .bar, .outcomes i, .key i, .verdict, .finding { print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
}
`;
