import { speaker } from '../model/remark.ts';

/**
 * Who asks, and what they may be told: routes that list ask `mayRead` of each namespace, so that
 * what one may not read is not there. A route that changes something names its right in its
 * `config`; whether the caller has it is checked before the route runs.
 */
export interface Caller {
  /** As the audit tells of them: a Kubernetes user, or `api` for who holds the token. */
  user: string;
  /** Namespaces whose targets they may read. */
  readable: Reach;
  mayRead(namespace: string): boolean;
  /** Of a right that goes by namespace; where none is given: in any at all. */
  may(right: Right, namespace?: string): Promise<boolean>;
  /** As the cluster says it: who holds the API's token is nobody there. */
  mayReadSecret(namespace: string, name: string): Promise<boolean>;
}

export type Reach = 'all' | readonly string[];

export const rights = ['stop', 'resume', 'check', 'judge'] as const;
export type Right = (typeof rights)[number];

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
  }
  interface FastifyContextConfig {
    /**
     * What a caller must be allowed, besides reading what the path names. Every route says so that
     * is not only read; `none`: it changes nothing.
     */
    right?: Right | 'none';
  }
}

/** Who holds the API's token may everything here. */
export const tokenHolder: Caller = {
  user: 'api',
  readable: 'all',
  mayRead: () => true,
  may: async () => true,
  mayReadSecret: async () => false,
};

/** Who says so: the program that holds the token says for whom it speaks, nobody else does. */
export const speakerOf = (caller: Caller, by = ''): string =>
  caller === tokenHolder ? speaker(by) || caller.user : speaker(caller.user);
