/** Cycles of each target since the program began. */
export interface CycleCount {
  /** One more; resolves how many there were. */
  note(uid: string): number;
  forget(uid: string): void;
  /** Every one of them, of at least one, has had so many. */
  allHave(targets: readonly { uid: string }[], cycles: number): boolean;
}

export function createCycleCount(): CycleCount {
  const counts = new Map<string, number>();
  const of = (uid: string) => counts.get(uid) ?? 0;
  return {
    note(uid) {
      counts.set(uid, of(uid) + 1);
      return of(uid);
    },
    forget: (uid) => void counts.delete(uid),
    allHave: (targets, cycles) =>
      targets.length > 0 && targets.every(({ uid }) => of(uid) >= cycles),
  };
}
