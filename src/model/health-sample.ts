/**
 * What a server says about itself at the start of a cycle; the health brake judges it. Undefined:
 * it does not say.
 */
export interface HealthSample {
  role: 'primary' | 'standby';
  replicationLag_ms?: number;
  /** Share of the connections in use, 0..1. */
  connectionsUsed: number;
  activeSessions: number;
  lockWaiters: number;
  /** How long the question itself took. */
  took_ms: number;
}
