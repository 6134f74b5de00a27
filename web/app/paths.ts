/**
 * Addresses of pages, below the base that the router adds. A colon stays: the router decodes what
 * cannot part a path, and that is not among it.
 */
const part = (name: string): string => encodeURIComponent(name).replaceAll('%3A', ':');

/** The path of a page, as we write it. */
export const readablePath = ({ pathname }: Pick<Location, 'pathname'>): string =>
  pathname.replaceAll(/%3a/gi, ':');

export const targetPath = (namespace: string, name: string): string =>
  `/t/${part(namespace)}/${part(name)}`;
export const queryPath = (namespace: string, name: string, fingerprint: string): string =>
  `${targetPath(namespace, name)}/q/${part(fingerprint)}`;
export const planPath = (
  namespace: string,
  name: string,
  fingerprint: string,
  hash: string,
): string => `${queryPath(namespace, name, fingerprint)}/p/${part(hash)}`;
export const advicePath = (id: string): string => `/advice/${part(id)}`;
