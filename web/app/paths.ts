/** Addresses of pages, below the base that the router adds. */
export const targetPath = (namespace: string, name: string): string =>
  `/t/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
export const queryPath = (namespace: string, name: string, fingerprint: string): string =>
  `${targetPath(namespace, name)}/q/${encodeURIComponent(fingerprint)}`;
export const planPath = (
  namespace: string,
  name: string,
  fingerprint: string,
  hash: string,
): string => `${queryPath(namespace, name, fingerprint)}/p/${encodeURIComponent(hash)}`;
