import { AppError } from '../../base/errors.ts';
import { parseTime } from '../../base/quantity.ts';
import { type Glance, glanceOf } from '../../fleet/glance.ts';
import type { ApiObject } from '../../kubernetes/api-object.ts';
import { speaker } from '../../model/remark.ts';
import { adviseAsked } from '../../resources/kinds/database-target/advise-annotation.ts';
import {
  annotationLimit,
  findingsAnnotation,
} from '../../resources/kinds/database-target/findings-annotation.ts';
import { databaseTargetSpec } from '../../resources/kinds/database-target/spec.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import {
  emergencyStopSpec,
  type StopResource,
  stoppedByAnnotation,
} from '../../resources/kinds/emergency-stop/spec.ts';
import type { TargetRef } from '../target-store.ts';

/**
 * What stays in memory of an object from the API server. The spec is kept as text: parsed, ten
 * thousand would take five times the room. A text for each section, since what the API server fills
 * in is the same in all of a fleet, and most of it.
 */
export interface TargetItem extends TargetRef {
  resourceVersion: string;
  spec: readonly string[];
  labels: string;
  hasStatus: boolean;
  /** For the table of the fleet, until it has been noted there. */
  glance: Glance | undefined;
}

/** Equal texts are kept once: labels, who owns, sections of specs. */
const interned = new Map<string, string>();
const internLimit = 10_000;
function intern(text: string): string {
  const known = interned.get(text);
  if (known !== undefined) return known;
  if (interned.size < internLimit) interned.set(text, text);
  return text;
}

/** What tells a fleet's targets from each other would but fill the room for equal texts. */
const oneOfAKind = new Set(['connection', 'databases']);
const sectionsOf = (spec: object): string[] =>
  Object.entries(spec).map(([name, value]) => {
    const text = JSON.stringify({ [name]: value }).slice(1, -1);
    return oneOfAKind.has(name) ? text : intern(text);
  });

export function projectTarget({ metadata, spec, status: stored }: ApiObject): TargetItem {
  const status = stored as DatabaseTargetStatus | undefined;
  const owner = status?.ownership;
  const annotation = metadata.annotations?.[findingsAnnotation];
  const asked = adviseAsked(metadata.annotations);
  return {
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    namespace: intern(metadata.namespace ?? 'default'),
    name: metadata.name,
    generation: metadata.generation ?? 1,
    spec: sectionsOf(spec ?? {}),
    labels: intern(JSON.stringify(metadata.labels ?? {})),
    hasStatus: status !== undefined,
    glance: glanceOf(spec, status),
    ...(owner ? { owner: { holder: intern(owner.holder), epoch: owner.epoch } } : {}),
    // One character more than is read, so that whoever reads it can say that it is too long.
    ...(annotation ? { findingsAnnotation: annotation.slice(0, annotationLimit + 1) } : {}),
    ...(asked === undefined ? {} : { adviseAsked: asked }),
    ...(hasEnded(status) ? { ended: true } : {}),
    ...(metadata.deletionTimestamp ? { deleting: true } : {}),
  };
}

const hasEnded = (status: DatabaseTargetStatus | undefined): boolean =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.reason === 'CollectorEnded';

/** Throws AppError('invalid_manifest') for a spec that a newer version wrote. */
export function toTarget(item: TargetItem): Target {
  const { uid, namespace, name, generation, spec, labels, findingsAnnotation: annotation } = item;
  const parsed = databaseTargetSpec.safeParse(JSON.parse(`{${spec.join(',')}}`));
  if (!parsed.success) {
    const mistakes = parsed.error.issues
      .map(({ path, message }) => `${['spec', ...path].join('.')}: ${message}`)
      .join('; ');
    throw new AppError(
      'invalid_manifest',
      `this version does not understand the spec: ${mistakes}`,
    );
  }
  return {
    uid,
    namespace,
    name,
    generation,
    spec: parsed.data,
    labels: JSON.parse(labels) as Record<string, string>,
    ...(annotation === undefined ? {} : { findingsAnnotation: annotation }),
  };
}

export type StopItem = StopResource & { resourceVersion: string };

/** A stop that is not understood stops everything: better too much than too little. */
export function projectStop({ metadata, spec }: ApiObject): StopItem {
  const parsed = emergencyStopSpec.safeParse(spec);
  const by = speaker(metadata.annotations?.[stoppedByAnnotation] ?? '');
  return {
    ...(by ? { by } : {}),
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    name: metadata.name,
    generation: metadata.generation ?? 1,
    createdAt: parseTime(metadata.creationTimestamp ?? '1970-01-01T00:00:00Z'),
    spec: parsed.success
      ? parsed.data
      : {
          scope: { all: true },
          reason: `${metadata.name}: not understood by this version, so everything stops`,
        },
  };
}
