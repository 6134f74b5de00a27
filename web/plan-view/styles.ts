import { type Theme, themes } from '../../src/render/theme.ts';

/** Colours are those of the picture, from the one place where they stand. */
const colours = ({ heat, ...theme }: Theme) =>
  Object.entries(theme)
    .map(([name, colour]) => `--${name}:${colour};`)
    .join('') + heat.map((colour, i) => `--heat${i}:${colour};`).join('');

export const styles = `
:host { display: block; min-height: 320px; height: 100%; container-type: size; }
:host([hidden]) { display: none; }
.root { ${colours(themes.light)} color-scheme: light; box-sizing: border-box; height: 100%;
  display: flex; flex-direction: column; background: var(--paper); color: var(--ink);
  font: 13px/1.45 Inter, system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.root.dark { ${colours(themes.dark)} color-scheme: dark; }
.root * { box-sizing: border-box; }
header { padding: 10px 12px 8px; border-bottom: 1px solid var(--line); }
.answer { margin: 0; font-size: 15px; font-weight: 600; }
.panes { flex: 1; min-height: 0; display: flex; }
.picture { flex: 1; min-width: 0; position: relative; overflow: hidden; }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none; }
canvas:focus-visible { outline: 2px solid var(--info); outline-offset: -2px; }
.live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.empty { margin: auto; color: var(--soft); }
`;
