import type { World } from '../case.ts';
import { shop } from './shop.ts';

/** All worlds of the set. */
export const worlds: readonly World[] = [shop];
