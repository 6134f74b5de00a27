import { readFileSync } from 'node:fs';
import { examine } from '../src/analysis/examine.ts';
import { rules } from '../src/analysis/rules/index.ts';
import { readAnyPlan } from '../src/dialects/read-any.ts';
import { drawSvg } from '../src/render/draw-plan.ts';
import type { ThemeName } from '../src/render/theme.ts';

/** The pictures of the documents, drawn of the plans in examples/plans as `dbintel render` does. */
export function pictureOf(name: string, theme: ThemeName): string {
  const file = new URL(`../examples/plans/${name}.txt`, import.meta.url);
  const plan = readAnyPlan(readFileSync(file, 'utf8'));
  const { findings } = examine(rules, plan);
  return drawSvg({ page: { name: `${name}.txt`, plan, findings } }, { theme });
}
