/** Narrower than this, the picture is the whole screen, or not there. */
export const narrow_px = 720;

/** Of all that is around the picture; what it adds stands behind styles.ts. */
export const stylesOfRest = `
.root { font-variant-numeric: tabular-nums; }
h2, h3, dl, pre { margin: 0; }
h2 { font-size: 14px; } h3 { font-size: 13px; }
.soft { color: var(--soft); } .critical { color: var(--critical);
  } .warning { color: var(--warning); }
.info { color: var(--info); }
:focus-visible { outline: 2px solid var(--info); outline-offset: -2px; border-radius: 4px; }
button, input { font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line);
  border-radius: 6px; padding: 2px 8px; min-height: 26px; }
button { cursor: pointer; white-space: nowrap; }
button:hover { border-color: var(--soft); }
[aria-pressed=true] { background: var(--ink); color: var(--paper); border-color: var(--ink); }
[aria-disabled] { color: var(--soft); background: none; border-style: dashed; cursor: help; }
.answer { font-size: 16px; font-weight: 600; }
.chips, .bar, .tools { display: flex; flex-wrap: wrap; gap: 4px 6px; align-items: center; }
.bar { gap: 6px 16px; }
.chips:empty { display: none; }
.chip { border-radius: 13px; }
.caveat .chip { color: var(--soft); background: none; border-style: dashed; cursor: help; }
.why { color: var(--ink); background: var(--card); border: 1px solid var(--line);
  border-radius: 6px;
  padding: 8px 12px; max-width: 320px; inset: auto; position-area: block-end span-inline-end;
  margin: 4px 0;
  position-try-fallbacks: flip-inline; }
.group { display: inline-flex; }
.group button { border-radius: 0; margin-left: -1px; }
.group button:first-child { border-radius: 6px 0 0 6px; margin: 0; }
.group button:last-child { border-radius: 0 6px 6px 0; }
.find { display: inline-flex; gap: 8px; align-items: center; }
.find input { width: 150px; }
.picture + .picture { border-left: 1px solid var(--line); }
.map { inset: auto 12px 12px auto; width: 168px; height: 104px; border: 1px solid var(--line);
  border-radius: 6px; }
.label { position: absolute; top: 8px; left: 12px; color: var(--soft); font-weight: 600;
  pointer-events: none; }
.heads { position: sticky; top: 0; z-index: 1; background: var(--paper); }
.row { display: grid; grid-template-columns: var(--columns); align-items: center;
  padding: 0 12px; min-width: 100%; }
.table .row { min-width: 1000px; }
.table .rows, .table .heads { min-width: 1000px; }
.head { height: 28px; border-bottom: 1px solid var(--line); color: var(--soft); }
.head button { border: 0; background: none; padding: 0; min-height: 24px; font-weight: 600; }
.root[data-view=tree] .heads { display: none; }
.rows { position: relative; }
.rows > * { position: absolute; left: 0; right: 0; cursor: default; }
.rows > .row:hover { background: var(--card); }
.row[aria-selected=true],
  .rows > .row[aria-selected=true]:hover { background: color-mix(in srgb, var(--info) 16%,
  var(--paper)); }
.row.hit { box-shadow: inset 3px 0 var(--ink); }
.row > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding-right: 10px; }
.row > .number { text-align: right; padding-right: 0; }
.table .row > :first-child { padding-right: 12px; }
.twist { display: inline-block; width: 16px; color: var(--soft); }
.step { color: var(--soft); } .step b { font-weight: 600; color: var(--ink); }
.step b.critical { color: var(--critical); } .step b.warning { color: var(--warning);
  } .step b.info { color: var(--info); }
.share { display: inline-flex; gap: 6px; align-items: center; justify-content: flex-end; }
.share span { min-width: 44px; }
i.bar { width: 40px; height: 8px; border-radius: 2px; border-right: 1px solid var(--line);
  background: linear-gradient(var(--ink) 0 0) 0 / calc(100% * var(--value)) no-repeat; }
i.hatched { background: linear-gradient(90deg, transparent calc(100% * var(--value)),
  var(--paper) 0),
  repeating-linear-gradient(90deg, var(--ink) 0 1.6px, transparent 0 3px); }
.root[data-view=raw] .side { display: none; }
.drawer, .changes { display: grid; gap: 10px; padding: 12px; align-content: start; }
.changes { border-top: 1px solid var(--line); }
.title { display: flex; gap: 6px; align-items: center; } .title h2 { flex: 1; min-width: 0; }
dl { display: grid; grid-template-columns: minmax(90px, auto) 1fr; gap: 4px 12px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
code, pre, .raw { font: 12px/18px ui-monospace, monospace; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: 8px 10px;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.finding { border-left: 3px solid currentColor; padding-left: 10px; display: grid; gap: 4px;
  justify-items: start; }
.finding > :not(h3) { color: var(--ink); } .finding > .soft { color: var(--soft); }
.finding pre { width: 100%; }
.change { display: block; text-align: left; white-space: normal; overflow-wrap: anywhere;
  width: 100%; }
.change .soft { display: block; }
.rawpane { flex: 1; min-width: 0; display: flex; flex-direction: column; align-items: start;
  gap: 8px; padding: 8px 12px; }
.raw { flex: 1; width: 100%; overflow: auto; position: relative; background: var(--paper); }
.line { white-space: pre; }
.close { display: none; }
.dense { font-size: 12px; }
.dense header { padding: 6px 12px; gap: 4px; } .dense .answer { font-size: 14px; }
.pictures[popover] { display: flex; position: fixed; inset: 0; width: 100%; height: 100%;
  margin: 0; padding: 0; border: 0;
  background: var(--paper); color: var(--ink); max-width: none; max-height: none;
  flex-direction: column; }
.pictures[popover] .picture + .picture { border: 0; border-top: 1px solid var(--line); }
.pictures[popover] .close { display: block; font-size: 13px; position: absolute; top: 12px;
  right: 12px; }
@container (width < 1100px) {
  .chosen .side, .compares .side { display: block; }
  .compares .side { position: static; width: 280px; flex-basis: 280px; }
}
@container (width < ${narrow_px}px) {
  .answer { font-size: 14px; } header { padding: 8px; }
  .tools { display: none; }
  .side, .compares .side { position: static; width: 100%; flex: 0 1 auto; max-height: 55%;
  border: 0; border-top: 1px solid var(--line); }
  .compares .side { flex: 1; max-height: none; }
}
@media (forced-colors: active) { i.bar { forced-color-adjust: none;
  } [aria-pressed=true] { outline: 2px solid Highlight; } }
`;
