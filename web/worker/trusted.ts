/**
 * Where a page's policy demands trusted types, addresses of scripts are vouched for by name; other
 * browsers and pages take them as they are.
 */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): string };
}

export function vouch(name: string, isOurs: (address: string) => boolean) {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const rules = {
    createScriptURL(address: string) {
      if (!isOurs(address)) throw new TypeError('not a script of this build');
      return address;
    },
  };
  return trustedTypes?.createPolicy(name, rules) ?? rules;
}
