import type { Finding } from '../model/finding.ts';
import { allPredicates, type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { ReadingRemark } from '../model/reading-remark.ts';
import { changeMarks, comparePlans } from './compare.ts';
import { differenceSentence } from './difference-sentence.ts';
import { round } from './figures.ts';
import { measure, metricFor } from './metric.ts';
import { totalsOf } from './picture.ts';
import { type SceneOptions, sceneOf } from './scene.ts';
import { sentenceOf } from './sentence.ts';
import { escape, toSvg } from './svg.ts';
import { type Theme, type ThemeName, themes } from './theme.ts';
import { subjectOf, titleOf } from './titles.ts';

/**
 * Plans as one HTML file to be sent and kept: the sentence, what was found, the picture, and every
 * step in a table. It runs no script and loads nothing.
 */
export interface PageOfPlan {
  name: string;
  plan: Plan;
  findings: readonly Told[];
  /** What of its text was not understood. */
  remarks?: readonly ReadingRemark[];
}

/** What a person is told of a finding. */
type Told = Pick<Finding, 'rule' | 'severity' | 'message' | 'fix' | 'nodes'>;

export function toHtml(
  plans: readonly PageOfPlan[],
  themeName: ThemeName,
  options: Omit<SceneOptions, 'findings'> = {},
): string {
  const theme = themes[themeName];
  const title = plans.map(({ name }) => name).join(' → ');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${escape(title)}</title>
<style>${styles(theme, themeName)}</style>
${plans.map((each, i) => section(each, plans[i - 1], theme, options)).join('\n')}
</html>
`;
}

const styles = (
  { paper, card, line, ink, soft, critical, warning, info }: Theme,
  scheme: ThemeName,
) => `
:root { color-scheme: ${scheme}; }
body { margin: 0 auto; max-width: 1600px; padding: 24px; background: ${paper}; color: ${ink};
  font: 14px/1.5 Inter, system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 20px; margin: 0 0 4px; } h2 { font-size: 15px; margin: 24px 0 8px; }
p { margin: 4px 0; } .soft { color: ${soft}; } .answer { font-size: 17px; margin: 12px 0; }
.picture { overflow: auto; max-height: 90vh; border: 1px solid ${line}; border-radius: 8px; }
.picture svg { display: block; margin: 0 auto; }
li { margin: 8px 0; } code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { background: ${card}; border: 1px solid ${line}; border-radius: 6px; padding: 8px 12px;
  overflow: auto; white-space: pre-wrap; }
.critical { color: ${critical}; } .warning { color: ${warning}; } .info { color: ${info}; }
.table { overflow: auto; } table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; color: ${soft}; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid ${line}; vertical-align: top; }
.number { text-align: right; white-space: nowrap; } .step { white-space: nowrap; }
`;

function section(
  { name, plan, findings, remarks = [] }: PageOfPlan,
  before: PageOfPlan | undefined,
  theme: Theme,
  options: Omit<SceneOptions, 'findings'>,
): string {
  const scene = sceneOf(plan, { ...options, findings });
  const drawn = scene.cards.filter(({ kind }) => kind === 'node').length;
  const folded =
    drawn < plan.totals.nodes ? `; ${drawn} of ${plan.totals.nodes} steps are drawn` : '';
  return [
    '<main>',
    `<h1>${escape(name)}</h1>`,
    `<p class="soft">${escape(totalsOf(plan))}</p>`,
    `<p class="answer">${escape(sentenceOf(plan))}</p>`,
    ...(before
      ? [
          `<p>${escape(`Against ${before.name}: ${differenceSentence(before.plan, plan)}`)}</p>`,
          changesOf(before, plan),
        ]
      : []),
    ...(plan.queryText ? [`<pre>${escape(plan.queryText)}</pre>`] : []),
    '<h2>Findings</h2>',
    findings.length > 0
      ? `<ul>${findings.map(findingOf).join('')}</ul>`
      : '<p class="soft">None by what the plan alone tells.</p>',
    '<h2>Picture</h2>',
    `<p class="soft">Coloured by ${escape(scene.metric.title)}${folded}.</p>`,
    `<div class="picture">${toSvg(scene, theme, name)}</div>`,
    '<h2>Steps</h2>',
    `<div class="table">${tableOf(plan)}</div>`,
    ...(remarks.length > 0 ? [notUnderstood(remarks)] : []),
    '</main>',
  ].join('\n');
}

const notUnderstood = (remarks: readonly ReadingRemark[]): string =>
  '<h2>Not understood</h2><p class="soft">The plan is right without these lines.</p><ul>' +
  `${remarks
    .map(({ line, text }) => `<li>line ${line}: <code>${escape(text)}</code></li>`)
    .join('')}</ul>`;

const mostChanges = 40;

function changesOf(before: PageOfPlan, plan: Plan): string {
  const changes = comparePlans(before.plan, plan);
  if (changes.length === 0) return '';
  const rows = changes
    .slice(0, mostChanges)
    .map(
      ({ kind, before: old, after, figures }) =>
        `<tr><td class="step">${changeMarks[kind]}</td><td>${escape(old)}</td>` +
        `<td>${escape(after)}</td><td class="number">${escape(figures)}</td></tr>`,
    );
  const more = changes.length - rows.length;
  return (
    `<h2>What changed</h2><div class="table"><table><thead><tr><th></th><th>before</th>` +
    `<th>after</th><th class="number">of its own</th></tr></thead><tbody>${rows.join('')}` +
    `</tbody></table></div>${more > 0 ? `<p class="soft">${more} more.</p>` : ''}`
  );
}

const marks = { critical: '◆', warning: '▲', info: '●' } as const;

function findingOf({ severity, rule, message, fix }: Told): string {
  return (
    `<li><strong class="${severity}">${marks[severity]} ${escape(rule)}</strong> ` +
    `${escape(message)}<br><span class="soft">${escape(fix)}</span></li>`
  );
}

function tableOf(plan: Plan): string {
  const { root } = plan;
  const { text, title } = measure(plan, metricFor(root));
  const levels = new Map<PlanNode, number>();
  const rows = preorder(root).map((node, at) => {
    const level = levels.get(node) ?? 0;
    for (const child of node.children) levels.set(child, level + 1);
    const expected = node.act ? ` of ${round(node.est.rows)} expected` : ' expected';
    return (
      `<tr><td class="number soft">${node.id}</td>` +
      `<td class="step" style="padding-left:${Math.min(level, 30) * 14}px">` +
      `${escape(titleOf(node))}</td><td>${escape(subjectOf(node))}</td>` +
      `<td class="number">${text(at)}</td>` +
      `<td class="number">${round((node.act ?? node.est).rows)}${expected}</td>` +
      `<td>${allPredicates(node)
        .map(({ text }) => `<code>${escape(text)}</code>`)
        .join('<br>')}</td></tr>`
    );
  });
  return (
    `<table><thead><tr><th class="number">#</th><th>step</th><th>of</th>` +
    `<th class="number">${escape(title)}</th><th class="number">rows a loop</th>` +
    `<th>conditions</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
  );
}
