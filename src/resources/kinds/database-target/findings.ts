import * as z from 'zod';

/** `spec.findings`: what is found and not wanted to be told. */
const mute = z.strictObject({
  rule: z.string().min(1).max(64),
  fingerprint: z.string().min(1).max(128).optional().describe('Every statement where absent.'),
});

export const findings = z.strictObject({ mute: z.array(mute).max(1_000).default([]) });
