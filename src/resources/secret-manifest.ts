import * as z from 'zod';

/** A Secret among the manifests of a folder, as Kubernetes writes them. */
export const secretManifest = z.object({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  metadata: z.object({ name: z.string().min(1), namespace: z.string().min(1).default('default') }),
  type: z.string().optional(),
  data: z.record(z.string(), z.base64()).optional(),
  stringData: z.record(z.string(), z.string()).optional(),
});

/** Decoded. Lives in memory only. */
export interface SecretValues {
  namespace: string;
  name: string;
  values: Record<string, string>;
}

export function decodeSecret({
  metadata: { namespace, name },
  data = {},
  stringData = {},
}: z.output<typeof secretManifest>): SecretValues {
  const decoded = Object.entries(data).map(([key, value]) => [key, decodeBase64(value)]);
  return { namespace, name, values: { ...Object.fromEntries(decoded), ...stringData } };
}

const decodeBase64 = (text: string) =>
  new TextDecoder().decode(
    Uint8Array.from(atob(text), (character) => character.codePointAt(0) ?? 0),
  );
