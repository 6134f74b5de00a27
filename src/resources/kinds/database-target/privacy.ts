import * as z from 'zod';

/** `spec.privacy`: what of a statement is kept. */
export const privacy = z.strictObject({
  queryText: z
    .enum(['redacted', 'none'])
    .default('redacted')
    .describe('none: no text is kept, only its fingerprint.'),
});
