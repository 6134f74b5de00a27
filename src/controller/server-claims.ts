/** Two targets for one server and database would collect everything twice. Who came first keeps it. */
export interface ServerClaims {
  /** The label of the target that has it already; undefined when it is `uid`'s now. */
  claim(uid: string, label: string, server: string): string | undefined;
  release(uid: string): void;
}

export function createServerClaims(): ServerClaims {
  const holders = new Map<string, { uid: string; label: string }>();
  const release = (uid: string) => {
    for (const [server, holder] of holders) if (holder.uid === uid) holders.delete(server);
  };
  return {
    claim(uid, label, server) {
      const holder = holders.get(server);
      if (holder && holder.uid !== uid) return holder.label;
      release(uid); // the target may have moved to another server
      holders.set(server, { uid, label });
      return undefined;
    },
    release,
  };
}
