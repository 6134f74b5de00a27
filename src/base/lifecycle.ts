/** Parts stop in the reverse order of their start; one that fails to stop does not keep the others running. */
export interface Lifecycle {
  /** Registers how to stop a part that has just been started. */
  add(name: string, stop: () => Promise<void> | void): void;
  /** Stops everything once; later calls wait for the first. Resolves with what failed. */
  stop(): Promise<{ name: string; error: unknown }[]>;
}

export function createLifecycle(): Lifecycle {
  const parts: { name: string; stop: () => Promise<void> | void }[] = [];
  let stopping: Promise<{ name: string; error: unknown }[]> | undefined;
  async function stopAll() {
    const failures: { name: string; error: unknown }[] = [];
    for (const { name, stop } of parts.toReversed()) {
      try {
        await stop();
      } catch (error) {
        failures.push({ name, error });
      }
    }
    return failures;
  }
  return {
    add: (name, stop) => void parts.push({ name, stop }),
    stop: () => {
      stopping ??= stopAll();
      return stopping;
    },
  };
}
