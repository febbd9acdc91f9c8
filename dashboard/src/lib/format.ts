const suffixes = [
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'K'],
] as const;

/** Tokens and counts: exact below 10,000, then three significant digits with K, M or B (as price lists count, in both languages). */
export function formatCount(value: number | null | undefined): string {
  if (value === null || value === undefined) return '—';
  if (value < 10_000) return value.toLocaleString('en-US');
  for (const [size, suffix] of suffixes) {
    if (value >= size) return `${trim((value / size).toPrecision(3))}${suffix}`;
  }
  return String(value);
}

/** Every digit: what must add up is not shortened. */
export function formatExact(value: number): string {
  return value.toLocaleString('en-US');
}

/** USD: two decimals, four below one cent, never scientific. */
export function formatUsd(value: number | null | undefined): string {
  if (value === null || value === undefined) return '—';
  if (value === 0) return '$0.00';
  if (value < 0.0001) return '< $0.0001';
  return `$${value.toLocaleString('en-US', { minimumFractionDigits: value < 0.01 ? 4 : 2, maximumFractionDigits: value < 0.01 ? 4 : 2 })}`;
}

/** What somebody pays: always cents, also below zero. */
export function formatMoney(value: number): string {
  const shown = Math.abs(value).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${value < 0 && shown !== '0.00' ? '−' : ''}$${shown}`;
}

/** A percentage that is never rounded up to 100, nor down to nothing. */
export function formatPercent(value: number | null | undefined): string {
  if (value === null || value === undefined) return '—';
  if (value > 0 && value < 0.005) return '< 0.01%';
  const shown = value >= 100 ? 100 : Math.min(Math.round(value * 100) / 100, 99.99);
  return `${shown}%`;
}

export function formatMs(value: number | null | undefined): string {
  if (value === null || value === undefined) return '—';
  if (value < 1000) return `${Math.round(value)} ms`;
  return value < 120_000 ? `${(value / 1000).toFixed(1)} s` : `${Math.round(value / 60_000)} min`;
}

/** "3 minutes ago", "in 20 days", in the language of the page. */
export function formatRelative(instant: string, language: string, nowMs: number): string {
  const seconds = (Date.parse(instant) - nowMs) / 1000;
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const;
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(Math.trunc(seconds), 'second');
}

const dayMs = 86_400_000;

/** A time by which something is over at the latest, here: to the second, never too early, with its day where it is far. */
export function formatBound(instant: string, language: string, nowMs: number): string {
  const atMs = Math.ceil(Date.parse(instant) / 1000) * 1000;
  return new Intl.DateTimeFormat(language, {
    ...(Math.abs(atMs - nowMs) > dayMs / 2 ? { month: 'short', day: 'numeric' } : {}),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(atMs);
}

/** A point of a time axis: the day, with the hour where buckets are hours. The zone is the one of the books. */
export function formatBucket(instant: string, language: string, timeZone: string, hourly: boolean): string {
  return new Intl.DateTimeFormat(language, {
    timeZone,
    month: 'short',
    day: 'numeric',
    ...(hourly ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : {}),
  }).format(new Date(instant));
}

function trim(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
