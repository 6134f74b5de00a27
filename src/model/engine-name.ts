/**
 * The engines there are, by the name that `spec.engine` has. A name added here makes the compiler
 * ask for every answer that is due for an engine: its dialect, its connections, the rules that hold
 * for it.
 */
export const engineNames = ['postgres', 'mysql', 'mariadb'] as const;
export type EngineName = (typeof engineNames)[number];
