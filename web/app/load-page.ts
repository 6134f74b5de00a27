import { type ComponentType, lazy } from 'react';
import { loadPart } from '../data/failure.ts';

/** A page, or a large part of one, that is loaded when it is wanted. */
export const loadPage = <P>(load: () => Promise<ComponentType<P>>) =>
  lazy(async () => ({ default: await loadPart(load()) }));
