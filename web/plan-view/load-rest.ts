/** Apart, so that a build that is one script alone can have both in it. */
export const loadRest = () => import('./rest.ts');
