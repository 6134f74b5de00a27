import { directions } from '../base/turning.ts';
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
 * step in a table. It loads nothing. With a script in it, the picture is `<dbintel-plan>`, and what
 * is drawn here is what stands in its place where no script runs.
 */
export interface PageOfPlan {
  name: string;
  plan: Plan;
  findings: readonly Told[];
  /** What of its text was not understood. */
  remarks?: readonly ReadingRemark[];
}

/** The script of the element, and each page's plan as it is packed. */
export interface Live {
  script: string;
  packed: readonly string[];
  /** Of a script or a style: how a policy names it, `'sha256-…'`. */
  hashOf(text: string): string;
}

/** What a person is told of a finding. */
type Told = Pick<Finding, 'rule' | 'severity' | 'message' | 'fix' | 'nodes'>;

export function toHtml(
  plans: readonly PageOfPlan[],
  themeName: ThemeName,
  options: Omit<SceneOptions, 'findings'> = {},
  live?: Live,
): string {
  const theme = themes[themeName];
  const title = plans.map(({ name }) => name).join(' → ');
  const style = styles(theme, themeName);
  const script = live && scriptOf(live, themeName, options);
  const policy = [
    "default-src 'none'",
    'img-src data:',
    `style-src ${live ? live.hashOf(style) : "'unsafe-inline'"}`,
    ...(live && script ? [`script-src ${live.hashOf(script)}`, trusted] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
${plans.map((each, i) => section(each, plans[i - 1], theme, options, live?.packed[i])).join('\n')}
${script === undefined ? '' : `<script>${script}</script>`}
</html>
`;
}

const trusted = "require-trusted-types-for 'script'";

/** The same for all plans of a theme: what is of the plans is in the page, and is no script. */
function scriptOf({ script }: Live, theme: ThemeName, { metric, budget }: SceneOptions): string {
  const cards = budget === Number.POSITIVE_INFINITY ? 'all' : budget;
  const choices = { theme, ...(metric ? { metric } : {}), ...(cards ? { fold: { cards } } : {}) };
  return `${inScript(script)}
(async () => {
  const views = [...document.querySelectorAll('dbintel-plan')];
  const given = views.map(({ dataset }) => JSON.parse(dataset.findings));
  const plans = await Promise.all(views.map(({ dataset }) => dbintelPlanView.unpack(dataset.plan)));
  for (const [i, view] of views.entries())
    view.set({ ...${JSON.stringify(choices)}, plan: plans[i], previous: plans[i - 1],
      findings: given[i] });
})();`;
}

/** What would end the element, or open a comment in it, stands in strings of the script only. */
const inScript = (code: string): string =>
  code.replaceAll('</script', String.raw`<\/script`).replaceAll('<!--', String.raw`\x3c!--`);

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
dbintel-plan:defined { display: block; height: max(70vh, 480px); border: 1px solid ${line};
  border-radius: 8px; overflow: hidden; }
li { margin: 8px 0; } code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { background: ${card}; border: 1px solid ${line}; border-radius: 6px; padding: 8px 12px;
  overflow: auto; white-space: pre-wrap; }
.critical { color: ${critical}; } .warning { color: ${warning}; } .info { color: ${info}; }
.table { overflow: auto; } table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; color: ${soft}; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid ${line}; vertical-align: top; }
.number { text-align: right; white-space: nowrap; } .step { white-space: nowrap; }
${Array.from({ length: deepest + 1 }, (_, i) => `.l${i} { padding-left: ${i * 14}px; }`).join('\n')}
`;

/** Deeper steps would leave no room for words. */
const deepest = 30;

function section(
  { name, plan, findings, remarks = [] }: PageOfPlan,
  before: PageOfPlan | undefined,
  theme: Theme,
  options: Omit<SceneOptions, 'findings'>,
  packed: string | undefined,
): string {
  const scene = sceneOf(plan, { ...options, findings });
  const drawn = scene.cards.filter(({ kind }) => kind === 'node').length;
  const folded =
    drawn < plan.totals.nodes ? `; ${drawn} of ${plan.totals.nodes} steps are drawn` : '';
  return [
    '<main>',
    `<h1>${words(name)}</h1>`,
    `<p class="soft">${words(totalsOf(plan))}</p>`,
    `<p class="answer">${words(sentenceOf(plan))}</p>`,
    ...(before
      ? [
          `<p>${words(`Against ${before.name}: ${differenceSentence(before.plan, plan)}`)}</p>`,
          changesOf(before, plan),
        ]
      : []),
    ...(plan.queryText ? [`<pre>${words(plan.queryText)}</pre>`] : []),
    '<h2>Findings</h2>',
    findings.length > 0
      ? `<ul>${findings.map(findingOf).join('')}</ul>`
      : '<p class="soft">None by what the plan alone tells.</p>',
    '<h2>Picture</h2>',
    `<p class="soft">Coloured by ${words(scene.metric.title)}${folded}.</p>`,
    viewOf(`<div class="picture">${toSvg(scene, theme, name)}</div>`, packed, findings),
    '<h2>Steps</h2>',
    `<div class="table">${tableOf(plan)}</div>`,
    ...(remarks.length > 0 ? [notUnderstood(remarks)] : []),
    '</main>',
  ].join('\n');
}

/** Text of others in an element, whose names from right to left turn nothing else around. */
const words = (text: string): string =>
  directions(escape(text))
    .map((part, at) => (at % 2 ? `<bdi>${part}</bdi>` : part))
    .join('');

/** Where the script runs, the element's own picture stands in the place of what is in it. */
const viewOf = (drawn: string, packed: string | undefined, findings: readonly Told[]): string =>
  packed === undefined
    ? drawn
    : `<dbintel-plan data-plan="${escape(packed)}" ` +
      `data-findings="${escape(JSON.stringify(findings.map(toldOf)))}">${drawn}</dbintel-plan>`;

const toldOf = ({ rule, severity, message, fix, nodes }: Told): Told => ({
  rule,
  severity,
  message,
  fix,
  nodes,
});

const notUnderstood = (remarks: readonly ReadingRemark[]): string =>
  '<h2>Not understood</h2><p class="soft">The plan is right without these lines.</p><ul>' +
  `${remarks
    .map(({ line, text }) => `<li>line ${line}: <code>${words(text)}</code></li>`)
    .join('')}</ul>`;

const mostChanges = 40;

function changesOf(before: PageOfPlan, plan: Plan): string {
  const changes = comparePlans(before.plan, plan);
  if (changes.length === 0) return '';
  const rows = changes
    .slice(0, mostChanges)
    .map(
      ({ kind, before: old, after, figures }) =>
        `<tr><td class="step">${changeMarks[kind]}</td><td>${words(old)}</td>` +
        `<td>${words(after)}</td><td class="number">${words(figures)}</td></tr>`,
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
    `<li><strong class="${severity}">${marks[severity]} ${words(rule)}</strong> ` +
    `${words(message)}<br><span class="soft">${words(fix)}</span></li>`
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
      `<td class="step l${Math.min(level, deepest)}">` +
      `${words(titleOf(node))}</td><td>${words(subjectOf(node))}</td>` +
      `<td class="number">${text(at)}</td>` +
      `<td class="number">${round((node.act ?? node.est).rows)}${expected}</td>` +
      `<td>${allPredicates(node)
        .map(({ text }) => `<code>${words(text)}</code>`)
        .join('<br>')}</td></tr>`
    );
  });
  return (
    `<table><thead><tr><th class="number">#</th><th>step</th><th>of</th>` +
    `<th class="number">${words(title)}</th><th class="number">rows a loop</th>` +
    `<th>conditions</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
  );
}
