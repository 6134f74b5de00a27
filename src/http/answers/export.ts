import * as z from 'zod';
import { leastCards, pictureFormats } from '../../render/draw-plan.ts';
import { directions } from '../../render/layout.ts';
import { metricNames } from '../../render/metric.ts';
import { usualBudget } from '../../render/scene.ts';
import { themeNames } from '../../render/theme.ts';

/** A plan as a document, and how it is to look. */
export const exportOptions = z.object({
  format: z.enum(pictureFormats).default('svg'),
  metric: z
    .enum(metricNames)
    .optional()
    .describe('What colours it; time where it was measured, else cost.'),
  theme: z.enum(themeNames).default('light'),
  turn: z.enum(directions).optional().describe('Root above or at the left.'),
  of: z
    .enum(['seen', 'all'])
    .default('seen')
    .describe('`all`: every step is a card; of png and pdf 2,000 at most.'),
  cards: z.coerce
    .number()
    .int()
    .min(leastCards)
    .max(2_000)
    .default(usualBudget)
    .describe('Of `seen`: at most so many, the rest is folded.'),
  scale: z.coerce
    .number()
    .min(0.5)
    .max(4)
    .default(2)
    .describe('Of png: pixels for each of the picture’s; fewer where it is large.'),
  download: z
    .enum(['0', '1'])
    .default('0')
    .transform((text) => text === '1')
    .describe('1: a browser keeps it as a file and does not show it.'),
  before: z
    .string()
    .max(64)
    .optional()
    .describe(
      'Hash of another plan of the statement, which is drawn beside it, with what changed.',
    ),
});
export const exported = z
  .string()
  .describe(
    'The document itself: SVG, PNG, PDF, or HTML without scripts. The header `dbintel-notes`, a ' +
      'JSON list that is percent-encoded, says what else is to be known of it. 429: two are ' +
      'drawn already; `Retry-After` says when to come again.',
  );
