import type { HistoryQuestions } from '../../history/history-questions.ts';
import type { DrawJob, Drawn, PictureFormat } from '../../render/draw-plan.ts';
import type { PageOfPlan } from '../../render/html.ts';
import { exported, exportOptions } from '../answers/export.ts';
import { planPath } from '../answers/plans.ts';
import { type Api, type FindTarget, NotFound, says, targetRoute } from '../api.ts';

/** One plan, or two of a statement side by side, as a document to be kept and sent. */
export interface ExportDeps {
  find: FindTarget;
  history: Pick<HistoryQuestions, 'findings' | 'plan'>;
  /** Beside the program's own work: it holds nobody. */
  draw(job: DrawJob): Promise<Drawn>;
}

const types: Record<PictureFormat, string> = {
  svg: 'image/svg+xml',
  png: 'image/png',
  pdf: 'application/pdf',
  html: 'text/html; charset=utf-8',
};
const statusOf = { busy: 429, late: 504, too_large: 422, not_in_build: 501 } as const;

export function exportRoutes(api: Api, { find, history, draw }: ExportDeps): void {
  api.get(
    `${targetRoute}/plans/:fingerprint/:hash/export`,
    says('One plan as a picture, or as a page with its findings and steps', exported, {
      params: planPath,
      querystring: exportOptions,
    }),
    async ({ params, query }, reply) => {
      const { format, scale, before, of, cards, metric, theme, turn, download } = query;
      const { fingerprint, hash, name } = params;
      const target = find(params).uid;
      const page = (which: string) =>
        pageOf(history, { target, fingerprint, hash: which }, `${name} ${fingerprint}`);
      const drawn = await draw({
        format,
        scale,
        page: await page(hash),
        before: before === undefined ? undefined : await page(before),
        options: { metric, theme, turn, cards: of === 'all' ? Number.POSITIVE_INFINITY : cards },
      });
      if (drawn.kind !== 'drawn') {
        if (drawn.kind === 'busy') reply.header('retry-after', drawn.retryAfter_s);
        const { kind: error, message } = drawn;
        return reply.code(statusOf[error]).send({ error, message } as never);
      }
      return reply
        .type(types[format])
        .header('content-security-policy', format === 'html' ? pagePolicy : picturePolicy)
        .header('x-content-type-options', 'nosniff')
        .header(
          'content-disposition',
          `${download ? 'attachment' : 'inline'}; filename="${fileName(name, hash)}.${format}"`,
        )
        .header('dbintel-notes', encodeURIComponent(JSON.stringify(drawn.notes)))
        .send(Buffer.from(drawn.bytes) as never);
    },
  );
}

const picturePolicy = "default-src 'none'; style-src 'unsafe-inline'";
/** The page says itself which script is its own; whatever it is, it is of no origin. */
const pagePolicy = `${picturePolicy}; script-src 'unsafe-inline'; sandbox allow-scripts`;

async function pageOf(
  history: ExportDeps['history'],
  key: { target: string; fingerprint: string; hash: string },
  name: string,
): Promise<PageOfPlan> {
  const found = await history.plan(key);
  if (!found) throw new NotFound('there is no such plan');
  const { target, fingerprint, hash } = key;
  const open = await history.findings({ target, includeMuted: false, limit: mostFindings });
  const findings = open.filter((each) => each.fingerprint === fingerprint && each.hash === hash);
  return { name, plan: found.plan, findings };
}

/** Of one target; those of one plan are few. */
const mostFindings = 1_000;

/** Both come out of addresses: nothing but what a file's name has anywhere. */
const fileName = (...parts: string[]) =>
  parts.map((part) => part.replaceAll(/[^A-Za-z0-9._-]+/g, '-')).join('-');
