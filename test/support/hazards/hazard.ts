/**
 * What production can do to a collector, and a collector to production: a case is a function of a
 * world, which is a real server and an application on it. Bounds are asserted on the server's own
 * view.
 */
export interface HazardCase<W> {
  readonly title: string;
  /** Versions of the server that cannot show it. */
  readonly except?: readonly string[];
  run(world: W): Promise<void>;
}

export type Hazard<W> =
  | { readonly kind: 'asked'; readonly cases: readonly HazardCase<W>[] }
  | { readonly kind: 'notApplicable'; readonly why: string };

export const asked = <W>(...cases: readonly HazardCase<W>[]): Hazard<W> => ({
  kind: 'asked',
  cases,
});
export const notApplicable = (why: string): Hazard<never> => ({ kind: 'notApplicable', why });

/** A server of an engine on which its hazards are run, one after the other. */
export interface World {
  /** Its version. */
  readonly name: string;
  /** Nothing is left of the last case, and a cycle collects. */
  expectHealthy(): Promise<void>;
  stop(): Promise<void>;
}

export interface Place<W extends World> {
  readonly name: string;
  start(): Promise<W>;
}
