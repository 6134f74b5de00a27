import { z } from 'zod';
import { allCodes } from '../base/codes.ts';
import { ops } from '../model/plan.ts';
import { databaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import { emergencyStopSpec } from '../resources/kinds/emergency-stop/spec.ts';

/**
 * What the API takes and gives. The answers are checked against these before they leave, and
 * /api/v1/openapi.json is made of them.
 */
const time = z.number().describe('Milliseconds since the epoch.');
const name = z.string().max(253);
const items = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

export const targetPath = z.object({ namespace: name, name });
export const planPath = targetPath.extend({
  fingerprint: z.string().max(128),
  hash: z.string().max(64),
});
export const page = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) });
export const targetsPage = page.extend({
  after: z.string().max(512).describe('namespace/name: what comes after it.').optional(),
});
export const planFilter = page.extend({ fingerprint: z.string().max(128).optional() });

/** As a resource takes it: a stop that no EmergencyStop could be would not be seen by kubectl. */
const { namespaces, targets: targetNames, selector } = emergencyStopSpec.shape.scope.shape;
const scope = z.union(
  [
    z.strictObject({ all: z.literal(true) }),
    z.strictObject({ namespaces: namespaces.unwrap() }),
    z.strictObject({ targets: targetNames.unwrap() }),
    z.strictObject({ selector: selector.unwrap() }),
  ],
  {
    error: ({ input }) =>
      hasOneKey(input)
        ? undefined
        : 'exactly one of all: true, namespaces, targets and selector is wanted',
  },
);
const hasOneKey = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 1;
export const stopRequest = z.strictObject({
  scope,
  reason: emergencyStopSpec.shape.reason.unwrap(),
});
export const resumeRequest = z.union(
  [z.strictObject({ id: z.string().min(1).max(253) }), z.strictObject({ all: z.literal(true) })],
  {
    error: 'either the id of one stop or all: true is wanted',
  },
);
export const stop = z.object({ id: z.string(), scope, reason: z.string(), since: time });
export const stops = items(stop);
export const lifted = z.object({ lifted: z.array(stop) });

export const target = z.object({
  namespace: name,
  name,
  uid: z.string(),
  engine: z
    .string()
    .describe(
      'Left out, as is suspend, where this version does not understand the spec; the status says why.',
    )
    .optional(),
  suspend: z.boolean().optional(),
  status: databaseTargetStatus.optional(),
});
export const targetLine = z.object({
  namespace: name,
  name,
  uid: z.string(),
  engine: z.string().optional(),
  suspend: z.boolean().optional(),
  ready: z.string().describe('True, False, Unknown; of the condition Ready.').optional(),
  reason: z.string().optional(),
  coverage: z
    .string()
    .describe('Share of the last interval’s database time that has a current plan.')
    .optional(),
  plans: z.number().optional(),
  findings: z.number().optional(),
  circuit: z.string().optional(),
  updatedAt: time.describe('When the status was written, milliseconds since the epoch.').optional(),
});
export const targets = items(targetLine).extend({
  next: z.string().describe('There are more: ask again with this as `after`.').optional(),
});

const planSummary = z.object({
  target: z.string().describe('The target’s uid.'),
  fingerprint: z.string(),
  hash: z.string(),
  firstSeen: time,
  lastSeen: time,
  cost: z.number(),
  parameters: z.enum(['generic', 'sampled']),
  dominantOp: z.enum(ops),
});
export const plans = items(planSummary);
export const plan = planSummary.extend({
  plan: z.looseObject({ planModel: z.literal(1) }).describe('The common plan with its tree.'),
});

export const queries = items(
  z.object({
    target: z.string(),
    fingerprint: z.string(),
    nativeId: z.string().describe('The server’s own id, exact.'),
    database: z.string(),
    text: z.string().optional().describe('Redacted.'),
    firstSeen: time,
    lastSeen: time,
    calls: z.number(),
    totalMs: z.number(),
    latestHash: z.string().optional(),
    latestCost: z.number().optional(),
    latestCode: z.enum(allCodes).optional(),
    findings: z.array(z.string()),
  }),
);

export const findings = items(
  z.object({
    target: z.string(),
    namespace: name,
    name,
    fingerprint: z.string(),
    hash: z.string(),
    rule: z.string(),
    severity: z.enum(['info', 'warning', 'critical']),
    message: z.string(),
    fix: z.string(),
    nodes: z.array(z.number()).describe('Ids of nodes in the plan.'),
    timeShare: z.number().describe('Of the interval’s database time, 0..1.'),
    firstSeen: time,
    lastSeen: time,
    resolvedAt: time.optional(),
  }),
);

export const cycles = items(
  z.looseObject({
    number: z.number(),
    startedAt: time,
    durationMs: z.number(),
    databaseMs: z.number(),
    selected: z.number(),
    explained: z.number(),
  }),
);

export const validation = z.object({
  valid: z.boolean(),
  targets: z.array(z.string()),
  mistakes: z.array(z.object({ line: z.number(), path: z.string(), message: z.string() })),
});
export const index = z.object({
  name: z.string(),
  version: z.string(),
  targets: z.string(),
  findings: z.string(),
  stops: z.string(),
  openapi: z.string(),
});
