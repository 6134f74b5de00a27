import * as z from 'zod';
import { objectName } from './field.ts';

/**
 * What is known of one kind of resource. Its CRD, its page of the documentation, the reading of its
 * manifests, the chart's rights and the paths of its API all come from this.
 */
export const apiGroup = 'dbintel.io';
export const version = 'v1alpha1';
export const apiVersion = `${apiGroup}/${version}`;

/** A printed column of `kubectl get`; those with a priority only with `-o wide`. */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'date';
  jsonPath: string;
  priority?: number;
}

type Verb = 'get' | 'list' | 'watch' | 'create' | 'delete';
type ExecutorVerb = 'get' | 'list' | 'watch' | 'create' | 'patch';

/** What the program does with the objects; the chart grants that, and nothing else. */
export interface Rights {
  verbs: readonly Verb[];
  /** Verbs that only a value of the chart grants, by the value's path. */
  optional?: Readonly<Record<string, Verb>>;
  /** What the executor does with them, which has an account of its own. */
  executor?: readonly ExecutorVerb[];
  /** Who writes the status; the operator where nothing is said. */
  status?: 'executor' | 'nobody';
  /** What happens to an object is told as Events beside it. */
  events?: boolean;
}

export interface ObjectRule {
  /** The first word of what the API server says where it does not hold. */
  name: string;
  cel: string;
  /** At which field that is said: `status.ownership`. */
  field: string;
  message: string;
}

const metadata = z.object({
  name: objectName(),
  namespace: objectName().default('default'),
  uid: z.string().max(128).optional(),
  generation: z.int().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const metadataOf = { Namespaced: metadata, Cluster: metadata.omit({ namespace: true }) };
export type Scope = keyof typeof metadataOf;

export interface KindDefinition<
  Name extends string = string,
  InScope extends Scope = Scope,
  Spec extends z.ZodType = z.ZodType,
  Status extends z.ZodType = z.ZodType,
> {
  kind: Name;
  plural: string;
  shortName: string;
  scope: InScope;
  /** One sentence. */
  description: string;
  spec: Spec;
  status: Status;
  /** Checked by the API server over the whole object, the old one included. */
  rules?: readonly ObjectRule[];
  columns: readonly Column[];
  /** Fields by which a list may be narrowed; the API server takes eight. */
  selectable: readonly string[];
  rights: Rights;
}

/** The definition, with the schema of a whole manifest. */
export function defineKind<
  const Name extends string,
  InScope extends Scope,
  Spec extends z.ZodType,
  Status extends z.ZodType,
>(definition: KindDefinition<Name, InScope, Spec, Status>) {
  const manifest = z.strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal(definition.kind),
    metadata: metadataOf[definition.scope],
    spec: definition.spec,
    status: definition.status.optional(),
  });
  return { ...definition, manifest };
}

/** Any kind; `manifest` reads an object of it. */
export type Kind = KindDefinition & { manifest: z.ZodType };
export type SpecOf<K extends Kind> = z.output<K['spec']>;
export type StatusOf<K extends Kind> = z.output<K['status']>;

export const singularOf = ({ kind }: Pick<Kind, 'kind'>): string => kind.toLowerCase();
/** What its CustomResourceDefinition is called. */
export const crdName = ({ plural }: Pick<Kind, 'plural'>): string => `${plural}.${apiGroup}`;
