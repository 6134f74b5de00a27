/**
 * An address that signs a browser in. The token is in the fragment, which is sent to nobody and so
 * in no log: the page reads it once, sends it in a body, and takes it out of the address.
 */
export const signInLink = (address: string, token: string): string =>
  `${address}/ui/#token=${encodeURIComponent(token)}`;
