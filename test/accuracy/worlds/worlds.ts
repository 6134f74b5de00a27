import type { World } from '../case.ts';
import { clinic } from './clinic.ts';
import { ledger } from './ledger.ts';
import { shop } from './shop.ts';
import { telemetry } from './telemetry.ts';

/** All worlds of the set. */
export const worlds: readonly World[] = [shop, clinic, ledger, telemetry];
