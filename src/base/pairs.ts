/** What is known of two objects together, for as long as both are. */
export interface Pairs<A extends object, B extends object, T> {
  get(a: A, b: B): T | undefined;
  set(a: A, b: B, known: T): void;
}

export function createPairs<A extends object, B extends object, T>(): Pairs<A, B, T> {
  const all = new WeakMap<A, WeakMap<B, T>>();
  return {
    get: (a, b) => all.get(a)?.get(b),
    set(a, b, known) {
      const ofA = all.get(a) ?? new WeakMap<B, T>();
      all.set(a, ofA.set(b, known));
    },
  };
}
