/**
 * The engines there are, by the name that `spec.engine` has: what can be collected from. A name
 * added here makes the compiler ask for every answer that is due for an engine: its dialect, its
 * connections, the rules that hold for it.
 */
export const engineNames = ['postgres', 'mysql', 'mariadb'] as const;
export type EngineName = (typeof engineNames)[number];

/** Whose plans are only read, out of files and pages: of these a dialect is all there is. */
export const readOnlyNames = ['sqlserver', 'oracle'] as const;
export type ReadOnlyName = (typeof readOnlyNames)[number];

/** Whose plans are understood. */
export const dialectNames = [...engineNames, ...readOnlyNames] as const;
export type DialectName = (typeof dialectNames)[number];
