import { z } from 'zod';
import { databaseTargetSpec } from './kinds/database-target/spec.ts';
import { databaseTargetStatus } from './kinds/database-target/status.ts';
import { emergencyStopSpec } from './kinds/emergency-stop/spec.ts';
import { emergencyStopStatus } from './kinds/emergency-stop/status.ts';
import { structural } from './structural.ts';

/**
 * The fence, at the root of the schema (on `.status` it is bypassed by removing the whole status).
 * A first write has epoch 1. Later, status and ownership must be there, and either the epoch is the
 * old one + 1 (a compare-and-swap without resourceVersion), or the same with the same holder.
 */
export const fencingRule = [
  '!has(self.status) || !has(self.status.ownership)',
  '  ? (!has(oldSelf.status) || !has(oldSelf.status.ownership))',
  '  : (!has(oldSelf.status) || !has(oldSelf.status.ownership)',
  '    ? self.status.ownership.epoch == 1',
  '    : self.status.ownership.epoch == oldSelf.status.ownership.epoch + 1 ||',
  '      (self.status.ownership.epoch == oldSelf.status.ownership.epoch && self.status.ownership.holder == oldSelf.status.ownership.holder))',
].join('\n');

const targetColumns = [
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
  { name: 'Epoch', type: 'integer', jsonPath: '.status.ownership.epoch', priority: 1 },
  { name: 'Timeout', type: 'string', jsonPath: '.status.safety.statementTimeout', priority: 1 },
];

const stopColumns = [
  { name: 'Obeyed', type: 'string', jsonPath: '.status.obeyed' },
  { name: 'In Flight', type: 'integer', jsonPath: '.status.inFlight' },
  { name: 'Since', type: 'date', jsonPath: '.status.since' },
  { name: 'Reason', type: 'string', jsonPath: '.spec.reason' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

function openApi(schema: z.ZodType) {
  return structural(
    z.toJSONSchema(schema, {
      target: 'openapi-3.0',
      io: 'input',
      unrepresentable: 'any',
    }) as Record<string, unknown>,
  );
}

interface Kind {
  kind: string;
  singular: string;
  shortName: string;
  scope: 'Namespaced' | 'Cluster';
  description: string;
  spec: z.ZodType;
  status: z.ZodType;
  rules?: object[];
  columns: object[];
  selectable: string[];
}

const kinds = {
  databasetargets: {
    kind: 'DatabaseTarget',
    singular: 'databasetarget',
    shortName: 'dbt',
    scope: 'Namespaced',
    description: 'A database server from which query plans are collected.',
    spec: databaseTargetSpec,
    status: databaseTargetStatus,
    rules: [
      {
        rule: fencingRule,
        fieldPath: '.status.ownership',
        message: 'fenced: another holder owns this target, or the epoch does not follow',
      },
    ],
    columns: targetColumns,
    selectable: ['.spec.engine', '.spec.connection.host', '.spec.suspend'],
  },
  emergencystops: {
    kind: 'EmergencyStop',
    singular: 'emergencystop',
    shortName: 'estop',
    scope: 'Cluster',
    description: 'While it exists, no database that it covers is touched.',
    spec: emergencyStopSpec,
    status: emergencyStopStatus,
    columns: stopColumns,
    selectable: [],
  },
} as const satisfies Record<string, Kind>;

/** Every CustomResourceDefinition, as plain data, by its plural. */
export const crds = (): Record<keyof typeof kinds, object> => ({
  databasetargets: definition('databasetargets', kinds.databasetargets),
  emergencystops: definition('emergencystops', kinds.emergencystops),
});

export const databaseTargetCrd = (): object => crds().databasetargets;

function definition(plural: string, kind: Kind): object {
  const schema = {
    description: kind.description,
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: openApi(kind.spec),
      status: openApi(kind.status),
    },
    ...(kind.rules ? { 'x-kubernetes-validations': kind.rules } : {}),
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.dbintel.io` },
    spec: {
      group: 'dbintel.io',
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular: kind.singular,
        shortNames: [kind.shortName],
        categories: ['dbintel'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
          ...(kind.selectable.length
            ? { selectableFields: kind.selectable.map((jsonPath) => ({ jsonPath })) }
            : {}),
        },
      ],
    },
  };
}
