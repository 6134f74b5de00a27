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

const validation = ({ name, cel, field, message }: ObjectRule) => ({
  rule: cel,
  fieldPath: `.${field}`,
  message: `${name}: ${message}`,
});

const openApi = (schema: z.ZodType) =>
  structural({
    ...z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' }),
  });
