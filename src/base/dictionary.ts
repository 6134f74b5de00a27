/**
 * Words of others, and what each is here. A plain object knows `constructor` and `__proto__`, too:
 * whoever prints those would be told what nobody wrote down.
 */
export const dictionary = <T>(words: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.freeze(Object.assign(Object.create(null), words));
