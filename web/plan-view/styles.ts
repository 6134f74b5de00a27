import { type Theme, themes } from '../../src/render/theme.ts';

/** Colours are those of the picture, from the one place where they stand. */
const colours = ({ heat, ...theme }: Theme) =>
  Object.entries(theme)
    .map(([name, colour]) => `--${name}:${colour};`)
    .join('') + heat.map((colour, i) => `--heat${i}:${colour};`).join('');

/**
 * Of what is there at once: places as large as the parts that will take them. 720px is `narrow_px`
 * of what is around the picture, which is loaded apart.
 */
export const styles = `
:host { display: block; height: 100%; min-height: 360px; container-type: size; }
:host([hidden]), [hidden] { display: none !important; }
.root { ${colours(themes.light)} color-scheme: light; }
.root.dark { ${colours(themes.dark)} color-scheme: dark; }
.root { position: relative; height: 100%; display: flex; flex-direction: column;
  background: var(--paper); color: var(--ink); font: 13px/1.45 Inter, system-ui, sans-serif; }
* { box-sizing: border-box; }
p { margin: 0; }
header { padding: 10px 12px; border-bottom: 1px solid var(--line); display: grid; gap: 8px; }
.loading header { min-height: 112px; }
.panes { flex: 1; min-height: 0; display: flex; position: relative; }
.pictures { flex: 1; min-width: 0; display: flex; }
.picture { flex: 1; min-width: 0; position: relative; overflow: hidden; }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none; }
.steps { overflow: auto; flex: 1; min-width: 0; position: relative; }
.root[data-view=tree] .steps { flex: 0 0 clamp(260px, 24%, 460px);
  border-right: 1px solid var(--line); }
.side { flex: 0 0 clamp(280px, 25%, 480px); overflow: auto; border-left: 1px solid var(--line);
  background: var(--paper); }
.note { position: absolute; bottom: 12px; left: 50%; transform: translateX(-50%);
  background: var(--ink); color: var(--paper); border-radius: 6px; padding: 6px 12px;
  max-width: 90%; z-index: 3; animation: gone 0.3s 6s forwards; }
@keyframes gone { to { visibility: hidden; } }
.live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.empty { margin: auto; color: var(--soft); }
@container (width < 1100px) {
  .side { position: absolute; inset: 0 0 0 auto; width: min(380px, 86%); z-index: 2;
  display: none; box-shadow: 0 0 24px #0003; }
}
@container (width < 720px) {
  .root .pictures:not([popover]) { display: none; }
  .root[data-view=tree] .steps { display: block; flex: 1; border: 0; }
  .panes { flex-direction: column; }
}
`;
