import type { Rule } from '../../src/analysis/rule.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import { dialectOf } from '../../src/dialects/index.ts';
import { engineNames } from '../../src/model/engine-name.ts';
import { page, wrap } from './markdown.ts';

/** docs/rules.md: every rule with its teaching, and the cases that are its tests. */
export const ruleDocs = (): string =>
  page(
    'Findings',
    wrap(
      'Each rule looks at one plan, what the server counted for the statement, ' +
        'and its tables. A rule can be muted: `spec.findings.mute: [{ rule: large-offset, ' +
        'fingerprint: "…" }]`.',
    ),
    ...rules.map(section),
  );

function section({ id, title, why, fix, engines, examples }: Rule): string {
  const cases = (finds: boolean) =>
    examples
      .filter((each) => each.finds === finds)
      .map(({ name }) => name)
      .join('; ');
  return [
    `## ${id}`,
    wrap(`${title}.${onlyFor(engines)}`),
    wrap(`**Why it matters.** ${why}`),
    wrap(`**What to do.** ${fix}`),
    wrap(`Found: ${cases(true)}. Left alone: ${cases(false)}.`),
  ].join('\n\n');
}

/** Where it does not hold for all of them. */
function onlyFor(engines: Rule['engines']): string {
  const held = engineNames.filter((name) => engines[name]);
  if (held.length === engineNames.length) return '';
  return ` (${held.map((name) => dialectOf(name).label).join(', ')})`;
}
