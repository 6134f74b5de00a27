/**
 * Where secrets come from. A spec names one of several ways by its key (`secretRef`, `file`), and
 * what stands there is the provider's to read. Registering is by type: whoever has a spec with a
 * new key is asked by the compiler for a provider of it.
 */
export interface Provider<Ref> {
  /** Throws AppError('secret_unavailable'), with nothing of any value in it. */
  resolve(asked: Asked<Ref>): Promise<Resolved>;
}

export interface Asked<Ref> {
  ref: Ref;
  /** The target that asks: its namespace, and its name for people. */
  namespace: string;
  label: string;
  /** What may be read: a secret may hold more, of others. */
  keys: readonly string[];
  /** The server has refused what was given before: nothing from memory. */
  fresh: boolean;
}

export interface Resolved {
  /** By key; those that are not there are left out. */
  values: Record<string, string>;
  /** When they stop being good, milliseconds since the epoch; undefined: not known to. */
  expiresAt?: number;
}

/** A provider for each way that a spec can name; `Refs` is what stands at each. */
export type Providers<Refs> = { readonly [Way in keyof Refs]: Provider<Refs[Way]> };
/** As in a spec: at most one of them. */
export type Source<Refs> = { readonly [Way in keyof Refs]?: Refs[Way] | undefined };

/** A way that is not offered where the program runs. */
export const refuse = (why: (label: string) => Error): Provider<unknown> => ({
  async resolve({ label }) {
    throw why(label);
  },
});
