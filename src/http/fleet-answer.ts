import { stateWords } from '../fleet/states.ts';
import type { FleetRow as Known } from '../fleet/table.ts';
import { sparkOf } from '../model/busy-hours.ts';
import type { FleetRow } from './answers/fleet.ts';

/** A row of the fleet as it is sent: values in the order of `fleetColumns`. Pure. */
export function fleetRowOf({ place, state, why, glance, ...target }: Known, now: number): FleetRow {
  const { busy, circuit } = glance;
  return [
    place,
    target.uid,
    target.namespace,
    target.name,
    glance.engine ?? null,
    glance.version ?? null,
    state,
    stateWords[state].kind,
    glance.reason ?? null,
    why ?? null,
    glance.since ?? null,
    glance.nextTry ?? null,
    isCircuit(circuit) ? circuit : null,
    percentOf(glance.explained),
    percentOf(glance.accountedFor),
    glance.plans ?? null,
    glance.findings ?? null,
    glance.critical ?? null,
    glance.warning ?? null,
    glance.lastCycle ?? null,
    (busy && sparkOf(busy, now)) ?? null,
    glance.owner ?? null,
    glance.updatedAt ?? null,
  ];
}

/** Kept as a number of 32 bits, whose last digits are noise. */
export const percentOf = (percent: number | undefined): number | null =>
  percent === undefined || Number.isNaN(percent) ? null : Number(percent.toPrecision(3));

const circuits = ['closed', 'open', 'half-open'] as const;
const isCircuit = (text: string | undefined): text is (typeof circuits)[number] =>
  circuits.some((each) => each === text);
