import { parseTime } from '../base/quantity.ts';
import type { BusyHours } from '../model/busy-hours.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';

/** What a list says of a target: what its spec and its status are read down to. Pure. */
export interface Glance {
  engine?: string;
  suspend: boolean;
  /** The server's. */
  version?: string;
  /** `True`, `False`, `Unknown`; of the condition Ready. */
  ready?: string;
  reason?: string;
  /** When Ready last changed. Times are milliseconds since the epoch. */
  since?: number;
  circuit?: string;
  /** The code of what opened the circuit. */
  cause?: string;
  nextTry?: number;
  /** The first prerequisite that fails. */
  missing?: string;
  /** Percent of the last interval's database time that has a plan; that has a plan or a reason. */
  explained?: number;
  accountedFor?: number;
  plans?: number;
  findings?: number;
  critical?: number;
  warning?: number;
  lastCycle?: number;
  busy?: BusyHours;
  owner?: string;
  /** When the status was written. */
  updatedAt?: number;
}

/** Of what may be a newer version's: nothing in it is taken for granted. */
export function glanceOf(spec: unknown, status: Partial<DatabaseTargetStatus> | undefined): Glance {
  const { engine, suspend } = (spec ?? {}) as { engine?: unknown; suspend?: unknown };
  return {
    suspend: suspend === true,
    ...textOf('engine', engine),
    ...(status ? said(status) : {}),
  };
}

function said(status: Partial<DatabaseTargetStatus>): Omit<Glance, 'suspend' | 'engine'> {
  const { conditions, coverage, safety, lastCycle, ownership, server } = status;
  const ready = conditions?.find(({ type }) => type === 'Ready');
  return {
    ...textOf('version', server?.version),
    ...textOf('ready', ready?.status),
    ...textOf('reason', ready?.reason),
    ...timeOf('since', ready?.lastTransitionTime),
    ...textOf('circuit', safety?.circuit),
    ...textOf('cause', safety?.cause),
    ...timeOf('nextTry', safety?.nextTry),
    ...textOf('missing', missing(status)),
    ...countOf('explained', percent(coverage?.explained)),
    ...countOf('accountedFor', percent(coverage?.accountedFor)),
    ...countOf('plans', status.plans),
    ...countOf('findings', status.findings),
    ...countOf('critical', status.severities?.critical),
    ...countOf('warning', status.severities?.warning),
    ...timeOf('lastCycle', lastCycle?.at),
    ...busyOf(status.busy),
    ...textOf('owner', ownership?.pod),
    ...timeOf('updatedAt', status.updatedAt),
  };
}

function busyOf(busy: DatabaseTargetStatus['busy']): Pick<Glance, 'busy'> {
  const until = parseTime(busy?.until ?? '');
  return busy && !Number.isNaN(until) ? { busy: { hours: busy.hours, until } } : {};
}

const shown = 100;
function missing({ prerequisites }: Partial<DatabaseTargetStatus>): string | undefined {
  const failed = prerequisites?.find(({ verdict }) => verdict === 'failed');
  if (!failed) return undefined;
  return failed.observed ? `${failed.name}: ${failed.observed.slice(0, shown)}` : failed.name;
}

const textOf = <K extends string>(key: K, value: unknown) =>
  (typeof value === 'string' && value !== '' ? { [key]: value } : {}) as Partial<Record<K, string>>;
const countOf = <K extends string>(key: K, value: unknown) =>
  (Number.isFinite(value) ? { [key]: value } : {}) as Partial<Record<K, number>>;
const timeOf = <K extends string>(key: K, value: string | undefined) =>
  countOf(key, parseTime(value ?? ''));

/** `97%` → 97. */
const percent = (text: string | undefined): number | undefined =>
  text?.endsWith('%') ? Number(text.slice(0, -1)) : undefined;

/** What changes with every cycle that is well. */
const figures = new Set([
  'lastCycle',
  'updatedAt',
  'explained',
  'accountedFor',
  'plans',
  'busy',
] as const satisfies (keyof Glance)[]) as ReadonlySet<string>;

/** All that is no figure, as one text: what a person wants to know at once when it changes. */
export const wordsOf = (glance: Glance): string =>
  JSON.stringify(
    Object.entries(glance)
      .filter(([name]) => !figures.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
