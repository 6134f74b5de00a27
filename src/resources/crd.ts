import { z } from 'zod';
import { databaseTargetSpec } from './database-target.ts';
import { databaseTargetStatus } from './database-target-status.ts';
import { structural } from './structural.ts';

/**
 * The fence, at the root of the schema (on `.status` it is bypassed by removing the whole status). A first write has epoch 1. Later, status and
 * ownership must be there, and either the epoch is the old one + 1 (a compare-and-swap without resourceVersion), or the same with the same holder.
 */
export const fencingRule = [
  '!has(self.status) || !has(self.status.ownership)',
  '  ? (!has(oldSelf.status) || !has(oldSelf.status.ownership))',
  '  : (!has(oldSelf.status) || !has(oldSelf.status.ownership)',
  '    ? self.status.ownership.epoch == 1',
  '    : self.status.ownership.epoch == oldSelf.status.ownership.epoch + 1 ||',
  '      (self.status.ownership.epoch == oldSelf.status.ownership.epoch && self.status.ownership.holder == oldSelf.status.ownership.holder))',
].join('\n');

const columns = [
  { name: 'Engine', type: 'string', jsonPath: '.spec.engine' },
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
  { name: 'Coverage', type: 'string', jsonPath: '.status.coverage.explained' },
  { name: 'Plans', type: 'integer', jsonPath: '.status.plans' },
  { name: 'Findings', type: 'integer', jsonPath: '.status.findings' },
  { name: 'Circuit', type: 'string', jsonPath: '.status.safety.circuit' },
  { name: 'Updated', type: 'date', jsonPath: '.status.updatedAt' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Host', type: 'string', jsonPath: '.spec.connection.host', priority: 1 },
  { name: 'Version', type: 'string', jsonPath: '.status.server.version', priority: 1 },
  { name: 'Pod', type: 'string', jsonPath: '.status.ownership.pod', priority: 1 },
  { name: 'Timeout', type: 'string', jsonPath: '.status.safety.statementTimeout', priority: 1 },
];

const selectable = ['.spec.engine', '.spec.connection.host', '.spec.suspend'];

function openApi(schema: z.ZodType) {
  return structural(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' }) as Record<string, unknown>);
}

/** The CustomResourceDefinition of DatabaseTarget, as plain data. */
export function databaseTargetCrd(): object {
  const schema = {
    description: 'A database server from which query plans are collected.',
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: openApi(databaseTargetSpec),
      status: openApi(databaseTargetStatus),
    },
    'x-kubernetes-validations': [
      {
        rule: fencingRule,
        fieldPath: '.status.ownership',
        message: 'fenced: another holder owns this target, or the epoch does not follow',
      },
    ],
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'databasetargets.dbintel.io' },
    spec: {
      group: 'dbintel.io',
      scope: 'Namespaced',
      names: {
        kind: 'DatabaseTarget',
        listKind: 'DatabaseTargetList',
        plural: 'databasetargets',
        singular: 'databasetarget',
        shortNames: ['dbt'],
        categories: ['dbintel'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          selectableFields: selectable.map((jsonPath) => ({ jsonPath })),
        },
      ],
    },
  };
}
