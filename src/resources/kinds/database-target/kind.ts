import { defineKind } from '../../kind.ts';
import { databaseTargetSpec } from './spec.ts';
import { databaseTargetStatus } from './status.ts';

/**
 * The fence, at the root of the schema (on `.status` it is bypassed by removing the whole status).
 * A first write has epoch 1. Later, status and ownership must be there, and either the epoch is the
 * old one + 1 (a compare-and-swap without resourceVersion), or the same with the same holder.
 */
const [ownership, old] = ['self.status.ownership', 'oldSelf.status.ownership'];
const fencingRule = [
  `!has(self.status) || !has(${ownership})`,
  `  ? (!has(oldSelf.status) || !has(${old}))`,
  `  : (!has(oldSelf.status) || !has(${old})`,
  `    ? ${ownership}.epoch == 1`,
  `    : ${ownership}.epoch == ${old}.epoch + 1 ||`,
  `      (${ownership}.epoch == ${old}.epoch && ${ownership}.holder == ${old}.holder))`,
].join('\n');

const ready = '.status.conditions[?(@.type=="Ready")]';

export const databaseTarget = defineKind({
  kind: 'DatabaseTarget',
  plural: 'databasetargets',
  shortName: 'dbt',
  scope: 'Namespaced',
  description: 'A database server from which query plans are collected.',
  spec: databaseTargetSpec,
  status: databaseTargetStatus,
  rules: [
    {
      name: 'fenced',
      cel: fencingRule,
      field: 'status.ownership',
      message: 'another holder owns this target, or the epoch does not follow',
    },
  ],
  columns: [
    { name: 'Engine', type: 'string', jsonPath: '.spec.engine' },
    { name: 'Ready', type: 'string', jsonPath: `${ready}.status` },
    { name: 'Reason', type: 'string', jsonPath: `${ready}.reason` },
    { name: 'Coverage', type: 'string', jsonPath: '.status.coverage.explained' },
    { name: 'Plans', type: 'integer', jsonPath: '.status.plans' },
    { name: 'Findings', type: 'integer', jsonPath: '.status.findings' },
    { name: 'Circuit', type: 'string', jsonPath: '.status.safety.circuit' },
    { name: 'Updated', type: 'date', jsonPath: '.status.updatedAt' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Host', type: 'string', jsonPath: '.spec.connection.host', priority: 1 },
    { name: 'Version', type: 'string', jsonPath: '.status.server.version', priority: 1 },
    { name: 'Pod', type: 'string', jsonPath: '.status.ownership.pod', priority: 1 },
    { name: 'Epoch', type: 'integer', jsonPath: '.status.ownership.epoch', priority: 1 },
    { name: 'Timeout', type: 'string', jsonPath: '.status.safety.statementTimeout', priority: 1 },
  ],
  selectable: ['.spec.engine', '.spec.connection.host', '.spec.suspend'],
  rights: { verbs: ['get', 'list', 'watch'], executor: ['get', 'list', 'watch'], events: true },
});
