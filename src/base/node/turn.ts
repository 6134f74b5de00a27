/** Lets what else has come be done first: long work of the one thread goes by pieces. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
