import type { Provider } from '../provider.ts';

/** `secretRef`: a Secret in the target's own namespace, wherever Secrets are read. */
export interface SecretRef {
  name: string;
}

/** All values of a Secret, decoded. Throws AppError('secret_unavailable'). */
export type ReadSecret = (secret: {
  namespace: string;
  name: string;
  /** Who asks, for people. */
  label: string;
  fresh: boolean;
}) => Promise<Record<string, string>>;

export const createSecretProvider = (read: ReadSecret): Provider<SecretRef> => ({
  async resolve({ ref: { name }, namespace, label, keys, fresh }) {
    const all = await read({ namespace, name, label, fresh });
    return {
      values: Object.fromEntries(
        keys.flatMap((key) => (Object.hasOwn(all, key) ? [[key, all[key] ?? '']] : [])),
      ),
    };
  },
});
