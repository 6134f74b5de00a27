import type { z } from 'zod';
import { giveVerdict, type Judged, retractVerdict } from '../../history/give-verdict.ts';
import { remark } from '../../model/remark.ts';
import { readUntil } from '../../model/until.ts';
import type { Opinion } from '../../model/verdict.ts';
import { targetPath } from '../answers/common.ts';
import { verdict, verdictPath, verdictRequest, verdicts } from '../answers/verdicts.ts';
import { type Api, type FindTarget, says, targetRoute } from '../api.ts';
import { speakerOf } from '../caller.ts';

/** What people say of findings. */
export interface VerdictDeps {
  find: FindTarget;
  history: Judged;
  now(): number;
}

export function verdictRoutes(api: Api, { find, history, now }: VerdictDeps): void {
  api.get(
    `${targetRoute}/verdicts`,
    says('What people said of findings, open or not, newest first', verdicts, {
      params: targetPath,
    }),
    async ({ params }) => ({ items: await history.verdicts(find(params).uid) }),
  );
  const route = `${targetRoute}/findings/:rule/:fingerprint/verdict`;
  api.put(
    route,
    says('Accepts, dismisses or snoozes a finding', verdict, {
      params: verdictPath,
      body: verdictRequest,
      config: { right: 'judge' },
    }),
    async ({ params: { rule, fingerprint, ...path }, body, caller }) =>
      giveVerdict(history, find(path), {
        rule,
        fingerprint,
        ...opinionOf(body, now()),
        by: speakerOf(caller, body.by),
        at: now(),
        declared: false,
      }),
  );
  api.delete(
    route,
    says('Takes back what was said of a finding; answers what that was', verdict, {
      params: verdictPath,
      config: { right: 'judge' },
    }),
    async ({ params: { rule, fingerprint, ...path } }) =>
      retractVerdict(history, find(path), { rule, fingerprint }),
  );
}

function opinionOf(body: z.infer<typeof verdictRequest>, now: number): Opinion {
  const why = remark(body.why ?? '');
  switch (body.kind) {
    case 'accepted':
      return { kind: 'accepted', ...(why ? { why } : {}) };
    case 'dismissed':
      if (why) return { kind: 'dismissed', why };
      throw invalid('why it is dismissed has to be said');
    case 'snoozed': {
      const read = readUntil(body.until, now);
      if (read.kind !== 'at') throw invalid(read.why);
      return { kind: 'snoozed', until: read.until, ...(why ? { why } : {}) };
    }
    default:
      return body satisfies never;
  }
}

const invalid = (message: string) => Object.assign(new Error(message), { statusCode: 400 });
