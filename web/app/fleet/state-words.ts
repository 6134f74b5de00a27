import type { FleetItem } from '../../data/answers.ts';
import type { Tone } from '../../parts/mark.tsx';

/** States of targets as they are drawn and called; in the order in which they need somebody. */
export type FleetState = FleetItem['state'];

export const stateLooks: Record<FleetState, { word: string; tone: Tone }> = {
  'circuit-open': { word: 'circuit open', tone: 'warning' },
  'cannot-connect': { word: 'cannot connect', tone: 'critical' },
  prerequisite: { word: 'prerequisite', tone: 'warning' },
  manifest: { word: 'manifest', tone: 'warning' },
  failing: { word: 'failing', tone: 'critical' },
  silent: { word: 'silent', tone: 'silent' },
  stopped: { word: 'stopped', tone: 'stopped' },
  waiting: { word: 'waiting', tone: 'wait' },
  starting: { word: 'starting', tone: 'wait' },
  paused: { word: 'paused', tone: 'wait' },
  collecting: { word: 'collecting', tone: 'calm' },
};
export const stateNames = Object.keys(stateLooks) as FleetState[];

/** What another version of the program calls something that this page does not know. */
export const looksOf = (state: string): { word: string; tone: Tone } =>
  Object.hasOwn(stateLooks, state)
    ? stateLooks[state as FleetState]
    : { word: state, tone: 'unknown' };

export const engineTitles: Readonly<Record<string, string>> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
};
/** `PostgreSQL 18.3`: of a version, what people call it by. */
export function engineWords(engine: string | null, version: string | null): string {
  if (engine === null) return 'not understood';
  const title = engineTitles[engine] ?? engine;
  const number = /\d+(?:\.\d+)?/.exec(version ?? '')?.[0];
  return number ? `${title} ${number}` : title;
}

/** `dbintel-6d9c7f5b-x2x4k` → `x2x4k`: what tells the pods of a deployment apart. */
export const podWord = (pod: string): string => pod.split('-').at(-1) || pod;
