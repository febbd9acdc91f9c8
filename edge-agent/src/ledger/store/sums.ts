interface SumColumn {
  readonly name: string;
  /** Its value over a set of rows of `edge_usage_rows`. */
  readonly overRows: string;
  readonly merge: 'add' | 'max' | 'min' | 'histogram';
}

const add = (name: string, overRows: string): SumColumn => ({ name, overRows, merge: 'add' });
const ended = (outcome: string) => `SUM(final AND outcome = '${outcome}')`;
const timed = 'CASE WHEN duration_bucket IS NOT NULL THEN duration_ms END';

/**
 * What is kept of many rows. Requests and how they ended count final rows only; tokens, cost and estimates count every
 * attempt; durations are those of final rows that were seen to end (a lost one was not).
 */
export const sumColumns: readonly SumColumn[] = [
  add('attempts', 'COUNT(*)'),
  add('requests', 'SUM(final)'),
  add('successes', ended('success')),
  add('timeout_errors', ended('timeout')),
  add('rate_limit_errors', ended('rate_limit')),
  add('auth_errors', ended('auth')),
  add('other_errors', ended('other')),
  add('cancelled', ended('cancelled')),
  add('input', 'SUM(input)'),
  add('cache_read', 'SUM(cache_read)'),
  add('cache_write', 'SUM(cache_write_5m + cache_write_1h)'),
  add('output', 'SUM(output)'),
  add('thinking', 'COALESCE(SUM(thinking), 0)'),
  add('cost_nano_usd', 'SUM(cost_nano_usd)'),
  add('estimated', 'SUM(estimated)'),
  add('lost', `SUM(final AND status = 'lost')`),
  add('unpriced', 'SUM(final AND NOT priced)'),
  add('duration_sum_ms', `COALESCE(SUM(${timed}), 0)`),
  { name: 'max_ms', overRows: `COALESCE(MAX(${timed}), 0)`, merge: 'max' },
  { name: 'min_ms', overRows: `MIN(${timed})`, merge: 'min' },
  { name: 'last_at_ms', overRows: 'MAX(ended_at_ms)', merge: 'max' },
  { name: 'durations', overRows: 'histogram_of(duration_bucket)', merge: 'histogram' },
];

export const sumNames = sumColumns.map(({ name }) => name).join(', ');
export const sumsOverRows = sumColumns.map(({ name, overRows }) => `${overRows} AS ${name}`).join(', ');

const gather = { add: 'SUM', max: 'MAX', min: 'MIN', histogram: 'histogram_sum' } as const;
/** The same sums over rows of a roll-up. */
export const sumsOverSums = sumColumns.map(({ name, merge }) => `${gather[merge]}(${name}) AS ${name}`).join(', ');

/** `SET` list of an upsert that adds the excluded sums to those that are there. */
export const addExcluded = sumColumns
  .map(({ name, merge }) => {
    if (merge === 'add') return `${name} = ${name} + excluded.${name}`;
    if (merge === 'histogram') return `${name} = histogram_add(${name}, excluded.${name})`;
    if (merge === 'max') return `${name} = MAX(${name}, excluded.${name})`;
    return `${name} = MIN(COALESCE(${name}, excluded.${name}), COALESCE(excluded.${name}, ${name}))`;
  })
  .join(', ');

export const dimensionNames = 'group_id, service, model, key_id, user_id';
