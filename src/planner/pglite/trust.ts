import type { Trust } from '../planner.ts';

/** Of the planner that plans, and of those that it was measured against. */
const versions = { own: 18, oldestAlike: 15 };

/** `version`: `server_version_num` of production. */
export function trustOf(version: number): Trust {
  const major = Math.floor(version / 10_000);
  return {
    most: major >= versions.oldestAlike ? 'high' : 'medium',
    because:
      major === versions.own
        ? []
        : [`planned by PostgreSQL ${versions.own}, the server is ${major}`],
    about: 'planned for any value of a parameter: a rare or a common one may have another plan',
    sameCosts: true,
  };
}
