/** Figures and galleries. */
export const FIGURE_STYLE = `
figure { margin: 0 0 20px; background: var(--surface); border: 1px solid var(--line); border-radius: 12px;
  padding: 20px 24px; }
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
`;
