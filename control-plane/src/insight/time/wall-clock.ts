/** What clocks on the wall of a time zone show. `month` counts from 1. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const dayMs = 86_400_000;
const maxZones = 64;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether the runtime knows this IANA time zone. */
export function isTimeZone(zone: string): boolean {
  try {
    formatFor(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the wall clock of `zone` shows at an instant, read from the runtime's time zone database. */
export function wallTimeAt(zone: string, atMs: number): WallTime {
  const wall = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of formatFor(zone).formatToParts(atMs)) {
    if (type in wall) wall[type as keyof WallTime] = Number(value);
  }
  return wall;
}

/** Milliseconds that the wall clock of `zone` is ahead of UTC at an instant. */
export function zoneOffsetMs(zone: string, atMs: number): number {
  const wall = wallTimeAt(zone, atMs);
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second) - Math.floor(atMs / 1000) * 1000;
}

/**
 * The first instant of a day in `zone`: midnight, or the first moment after it where the clocks jump over
 * midnight. `day` may run over (the 32nd is the 1st of the next month, as with Date.UTC).
 */
export function startOfDayMs(zone: string, year: number, month: number, day: number): number {
  const asUtcMs = Date.UTC(year, month - 1, day);
  const offsets = [zoneOffsetMs(zone, asUtcMs - dayMs), zoneOffsetMs(zone, asUtcMs + dayMs)];
  const candidates = offsets.map((offsetMs) => asUtcMs - offsetMs).sort((a, b) => a - b);
  const exact = candidates.find((atMs) => atMs + zoneOffsetMs(zone, atMs) === asUtcMs);
  return exact ?? firstInstantAfterGap(zone, asUtcMs, candidates[0] ?? asUtcMs, candidates[1] ?? asUtcMs);
}

/** Midnight does not exist: halve the time between the two guesses until the jump is found. */
function firstInstantAfterGap(zone: string, wallMs: number, beforeMs: number, afterMs: number): number {
  let low = beforeMs - 1000;
  let high = afterMs;
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (middle + zoneOffsetMs(zone, middle) >= wallMs) high = middle;
    else low = middle;
  }
  return high;
}

function formatFor(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formats.size >= maxZones) formats.clear();
  formats.set(zone, format);
  return format;
}
