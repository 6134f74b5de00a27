import type { z } from 'zod';
import type { Kind } from '../kind.ts';
import { databaseTarget } from './database-target/kind.ts';
import { emergencyStop } from './emergency-stop/kind.ts';
import { indexApproval } from './index-approval/kind.ts';
import { indexRecommendation } from './index-recommendation/kind.ts';

/** Every kind of resource: a folder each, and a line here. */
export const kinds = [
  databaseTarget,
  emergencyStop,
  indexRecommendation,
  indexApproval,
] as const satisfies readonly Kind[];

type KnownKind = (typeof kinds)[number];
export type KindName = KnownKind['kind'];
/** What a manifest says, checked and with its defaults; told apart by `kind`. */
export type Resource = z.output<KnownKind['manifest']>;
export type ResourceOf<Name extends KindName> = Extract<Resource, { kind: Name }>;

export const resourcesOf = <Name extends KindName>(
  resources: readonly Resource[],
  kind: Name,
): ResourceOf<Name>[] => resources.filter((each): each is ResourceOf<Name> => each.kind === kind);
