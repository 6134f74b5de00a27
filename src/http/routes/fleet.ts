import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { countsOf, type FleetQuestion, pageOf } from '../../fleet/page.ts';
import type { FleetTable } from '../../fleet/table.ts';
import { fleet, fleetColumns, fleetQuestion } from '../answers/fleet.ts';
import { type Api, says } from '../api.ts';
import type { Caller } from '../caller.ts';
import { offsetOf } from '../cursor.ts';
import { fleetRowOf } from '../fleet-answer.ts';
import { revOf } from '../rev.ts';
import { isKnown, tagOf } from '../smaller.ts';
import { wordsOf } from '../words.ts';

export interface FleetDeps {
  table: FleetTable;
  /** Of this process: a revision means nothing to another one. */
  boot: string;
  /** For people: the pod, the host. */
  replica: string;
  sources(): FleetSources;
  now(): number;
}

export type FleetSources = z.infer<typeof fleet>['sources'];

export function fleetRoutes(api: Api, { table, boot, replica, sources, now }: FleetDeps): void {
  /** Nothing is made of what somebody has already; a spark goes by the hour. */
  async function unlessKnown(request: FastifyRequest, reply: FastifyReply) {
    const { url, caller } = request;
    const hour = String(Math.floor(now() / 3_600_000));
    const told = [revOf(boot, table.rev), JSON.stringify([sources(), caller.readable])];
    const tag = tagOf(...told, url, hour);
    return isKnown(request, reply, tag) ? reply.code(304).send() : undefined;
  }
  api.get(
    '/api/v1/fleet',
    {
      ...says('Targets as columns: filtered, sorted and counted, from memory', fleet, {
        querystring: fleetQuestion,
      }),
      preHandler: unlessKnown,
    },
    async ({ query, caller }) => {
      const from = offsetOf(query.cursor);
      const { total, rows, groups, more } = pageOf(table, questionOf(query, caller, from));
      return {
        rev: revOf(boot, table.rev),
        now: now(),
        replica,
        sources: sources(),
        total,
        counts: countsOf(table, caller.mayRead),
        columns: [...fleetColumns],
        rows: rows.map((row) => fleetRowOf(row, now())),
        ...(groups ? { groups } : {}),
        ...(more ? { next: String(from + rows.length) } : {}),
      };
    },
  );
}

function questionOf(
  query: z.output<typeof fleetQuestion>,
  { mayRead }: Caller,
  from: number,
): FleetQuestion {
  const { q, state, ns, engine, owner, findings, sort, order, group, limit } = query;
  return {
    mayRead,
    q,
    states: wordsOf(state),
    namespaces: wordsOf(ns),
    engines: wordsOf(engine),
    owners: wordsOf(owner),
    findings,
    sort,
    reverse: order === 'reverse',
    group,
    limit,
    from,
  };
}
