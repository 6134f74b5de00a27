import * as z from 'zod';

/** Times of day, some of them over midnight: where nothing is sent, or where something may be. */
const clockTime = z
  .string()
  .max(5)
  .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'not a time of day such as 22:00');
const span = z.strictObject({
  start: clockTime,
  end: clockTime.describe('At or before start means: on the next day.'),
  timeZone: z
    .string()
    .max(64)
    .default('UTC')
    .refine(knownTimeZone, {
      error: (issue) => `"${String(issue.input)}" is not a time zone of the IANA list`,
    }),
  days: z
    .array(z.enum(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']))
    .max(7)
    .optional()
    .describe('Days on which it starts; every day where absent.'),
});

function knownTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

export const timesOfDay = z.array(span).max(32).default([]);
export type TimeOfDay = z.output<typeof span>;
