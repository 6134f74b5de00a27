import type { World } from '../case.ts';
import { clinic } from './clinic.ts';
import { freight } from './held-out/freight.ts';
import { hotel } from './held-out/hotel.ts';
import { school } from './held-out/school.ts';
import { social } from './held-out/social.ts';
import { ledger } from './ledger.ts';
import { shop } from './shop.ts';
import { telemetry } from './telemetry.ts';

/** All worlds of the set. */
export const worlds: readonly World[] = [
  shop,
  clinic,
  ledger,
  telemetry,
  hotel,
  school,
  social,
  freight,
];
