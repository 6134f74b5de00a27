/** Where two plans of a statement are compared, the earlier one first; below /ui. */
export const comparePath = (
  uid: string,
  fingerprint: string,
  { before, after }: { before: string; after: string },
): string =>
  `/compare?${new URLSearchParams({
    a: `${uid}/${fingerprint}/${before}`,
    b: `${uid}/${fingerprint}/${after}`,
  })}`;
