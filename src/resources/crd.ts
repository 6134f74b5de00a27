import { stringify } from 'yaml';
import * as z from 'zod';
import { apiGroup, crdName, type Kind, type ObjectRule, singularOf, version } from './kind.ts';
import { structural } from './structural.ts';

/** The CustomResourceDefinition of a kind, as the API server wants it. */
export function crdOf(kind: Kind): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: crdName(kind) },
    spec: {
      group: apiGroup,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: singularOf(kind),
        shortNames: [kind.shortName],
        categories: ['dbintel'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schemaOf(kind) },
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

export const crdYaml = (kind: Kind): string => stringify(crdOf(kind), { lineWidth: 0 });

const schemaOf = ({ description, spec, status, rules }: Kind) => ({
  description,
  type: 'object',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: openApi(spec),
    status: openApi(status),
  },
  ...(rules ? { 'x-kubernetes-validations': rules.map(validation) } : {}),
});

/** Of a manifest as people write one, for an editor: without the status. */
export const manifestSchemaOf = ({ kind, description, spec }: Kind): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: kind,
  description,
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { const: `${apiGroup}/${version}` },
    kind: { const: kind },
    metadata: {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, namespace: { type: 'string' } },
    },
    spec: openApi(spec),
  },
});

const validation = ({ name, cel, field, message }: ObjectRule) => ({
  rule: cel,
  fieldPath: `.${field}`,
  message: `${name}: ${message}`,
});

const openApi = (schema: z.ZodType) =>
  structural({
    ...z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' }),
  });
