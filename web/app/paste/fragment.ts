import { type MetricName, metricNames } from '../../../src/render/metric.ts';

/**
 * What the address says behind its #: the plan itself, packed, and how it is looked at. Browsers
 * send nothing of it to anybody, so a link is a plan that never was on a server.
 */
export interface Fragment {
  /** Packed plans, `v1.…`: what is looked at, and what it is compared with. */
  plan?: string | undefined;
  before?: string | undefined;
  metric?: MetricName | undefined;
  node?: number | undefined;
  view?: View | undefined;
}

export const views = ['tree', 'outline', 'table', 'raw'] as const;
export type View = (typeof views)[number];

/** What is no plan, metric, node or view is left out. */
export function parseFragment(hash: string): Fragment {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const plan = given.get('p');
  const before = given.get('b');
  const metric = metricNames.find((each) => each === given.get('m'));
  const view = views.find((each) => each === given.get('view'));
  const node = given.get('node');
  return {
    ...(plan ? { plan } : {}),
    ...(plan && before ? { before } : {}),
    ...(metric ? { metric } : {}),
    ...(node !== null && /^\d{1,7}$/.test(node) ? { node: Number(node) } : {}),
    ...(view ? { view } : {}),
  };
}

/** Packed plans need no escaping: base64url and a dot. Empty: nothing is worth telling. */
export function fragmentOf({ plan, before, metric, node, view }: Fragment): string {
  const parts = [
    ...(plan ? [`p=${plan}`] : []),
    ...(plan && before ? [`b=${before}`] : []),
    ...(metric ? [`m=${metric}`] : []),
    ...(node === undefined ? [] : [`node=${node}`]),
    ...(view && view !== 'tree' ? [`view=${view}`] : []),
  ];
  return parts.length > 0 ? `#${parts.join('&')}` : '';
}

/** What chat and mail programs pass on without cutting it, as a rule. */
export const safeLink = 2_000;
/** What browsers open; Firefox and Chromium take more, Safari some 80,000. */
export const longestLink = 80_000;

/** `3.4 kB`, and what may be in its way. */
export function describeLink(link: string): string {
  const size = `${(link.length / 1_000).toFixed(1)} kB`;
  if (link.length > longestLink)
    return `${size}: longer than some browsers open; send the HTML file instead`;
  return link.length > safeLink ? `${size}: some chat programs cut it` : size;
}
