/** Hours in which a target is left alone, in the time zone of its people. */
export interface Blackout {
  start: string;
  end: string;
  timeZone: string;
  days?: readonly string[] | undefined;
}

const minutesPerDay = 1_440;
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export function inBlackout(blackouts: readonly Blackout[], now: number): Blackout | undefined {
  return blackouts.find((blackout) => covers(blackout, now));
}

function covers({ start, end, timeZone, days }: Blackout, now: number): boolean {
  const { minute, weekday } = localTime(now, timeZone);
  const [from, to] = [minutes(start), minutes(end)];
  const startsOn = (day: number) => !days?.length || days.includes(weekdays[(day + 7) % 7] ?? '');
  if (from < to) return minute >= from && minute < to && startsOn(weekday);
  return (minute >= from && startsOn(weekday)) || (minute < to && startsOn(weekday - 1));
}

function minutes(time: string): number {
  const [hour, minute] = time.split(':').map(Number);
  return ((hour ?? 0) * 60 + (minute ?? 0)) % minutesPerDay;
}

function localTime(now: number, timeZone: string): { minute: number; weekday: number } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return {
    minute: Number(part('hour')) * 60 + Number(part('minute')),
    weekday: weekdays.indexOf(part('weekday')),
  };
}
