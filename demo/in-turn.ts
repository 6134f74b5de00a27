/** An application at work, until it is stopped. */
export interface Workload {
  readonly statements: number;
  /** Resolves when each statement has run often enough to be looked at; rejects with its error. */
  readonly begun: Promise<void>;
  stop(): Promise<void>;
}

/** With fewer than `collection.minExecutionCount`, 5 by default, a statement is not looked at. */
const leastRuns = 6;

/**
 * Each connection runs the statements in their order, over and over, with a short pause, so that a
 * laptop stays usable; each begins with another.
 */
export function inTurn<Client extends { end(): Promise<unknown> }, Statement>(
  clients: readonly Client[],
  statements: readonly Statement[],
  run: (client: Client, statement: Statement) => Promise<unknown>,
  pause_ms: number,
): Workload {
  const { length } = statements;
  let running = true;
  const turn = async (client: Client, at: number) => {
    const first = Math.floor((at * length) / clients.length);
    for (let i = 0; i < length && running; i += 1) {
      await run(client, statements[(first + i) % length] as Statement);
      await new Promise((resolve) => setTimeout(resolve, pause_ms));
    }
  };
  const begun = clients.map(async (client, at) => {
    for (let turns = 0; turns * clients.length < leastRuns; turns += 1) await turn(client, at);
  });
  const loops = clients.map(async (client, at) => {
    await begun[at];
    while (running) await turn(client, at);
  });
  for (const loop of loops)
    loop.catch((error: Error) => {
      if (running) console.error(`the application has ended: ${error.message}`);
    });
  return {
    statements: length,
    begun: Promise.all(begun).then(() => undefined),
    async stop() {
      running = false;
      await Promise.allSettled(loops);
      await Promise.allSettled(clients.map((client) => client.end()));
    },
  };
}
