/**
 * How busy a server was in each of the last 24 hours, as a short text that a status can carry: a
 * character an hour, oldest first, `until` the hour of the last one. A character is the sessions
 * that were active at the busiest look of the hour, on a scale of its logarithm: four steps double.
 * Pure.
 */
export interface BusyHours {
  /** At most 24; a space: nobody looked. */
  hours: string;
  /** When the hour of the last one begins, milliseconds since the epoch. */
  until: number;
}

export const shownHours = 24;
const hour_ms = 3_600_000;

/** `0` is a thousandth of a session and less, `z` some 350 sessions and more. */
const least = 1 / 1_024;
const stepsAnOctave = 4;
const firstCode = 48;
const lastCode = 122;

const toCharacter = (sessions: number): string => {
  const step = Math.round(stepsAnOctave * Math.log2(Math.max(least, sessions) / least));
  return String.fromCharCode(Math.min(lastCode, firstCode + step));
};
const toSessions = (character: string): number | undefined => {
  const step = character.charCodeAt(0) - firstCode;
  return step < 0 ? undefined : least * 2 ** (step / stepsAnOctave);
};

/** With what was seen now. */
export function withLook(before: BusyHours | undefined, sessions: number, now: number): BusyHours {
  const until = Math.floor(now / hour_ms) * hour_ms;
  const moved = before ? movedTo(before, until) : '';
  const last = moved.at(-1) ?? ' ';
  const seen = toCharacter(sessions);
  const hours = `${moved.slice(0, -1)}${last > seen ? last : seen}`;
  return { hours, until };
}

/**
 * Sessions that were active, on the mean of the hours that are known: the database time of a day.
 */
export function meanSessions({ hours }: BusyHours): number | undefined {
  const known = [...hours].map(toSessions).filter((value) => value !== undefined);
  return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : undefined;
}

/** The same text for another last hour; an earlier one is a clock that was set back. */
function movedTo({ hours, until }: BusyHours, to: number): string {
  const passed = Math.max(0, Math.round((to - until) / hour_ms));
  return (hours + ' '.repeat(Math.min(passed, shownHours))).slice(-shownHours);
}

/**
 * For a spark: a digit an hour, up to the hour of `now`, 0 to 9 of the busiest; a space: unknown.
 * Undefined where nothing is known of these hours.
 */
export function sparkOf(busy: BusyHours, now: number): string | undefined {
  const until = Math.floor(now / hour_ms) * hour_ms;
  const values = [...movedTo(busy, until).padStart(shownHours, ' ')].map(toSessions);
  const most = Math.max(...values.map((value) => value ?? 0));
  if (most === 0) return undefined;
  return values
    .map((value) => (value === undefined ? ' ' : String(Math.round((value / most) * 9))))
    .join('');
}
