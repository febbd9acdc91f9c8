/**
 * The columns of `edge_usage_rows` after `seq`, in canonical order. The order is part of the hash chain: a new
 * column is a new migration that starts a new incarnation, or it stays out of the chain.
 */
export const rowColumns = [
  'intent_no',
  'request_id',
  'attempt',
  'started_at_ms',
  'ended_at_ms',
  'group_id',
  'key_id',
  'user_id',
  'service',
  'upstream_id',
  'dialect',
  'operation',
  'model',
  'served_model',
  'stream',
  'request_bytes',
  'response_bytes',
  'status',
  'http_status',
  'outcome',
  'final',
  'input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'thinking',
  'input_audio',
  'output_audio',
  'web_search_requests',
  'cost_nano_usd',
  'priced',
  'price_version',
  'estimated',
  'first_byte_ms',
  'duration_ms',
  'duration_bucket',
  'error_type',
  'upstream_request_id',
] as const;

/**
 * `edge_usage_rows.charges`: what the row used of budgets, JSON `[[win, amount], …]`; null when nothing counts it. It
 * is in the chain as one more value at the end, and only where there are charges: rows from before budgets keep their hashes.
 */
export const chargesAt = rowColumns.length;

/** SQL: the text of a row as it was hashed. */
export const rowText = `CASE WHEN charges IS NULL THEN json_array(${rowColumns.join(', ')})
  ELSE json_array(${rowColumns.join(', ')}, charges) END`;

/** The values of one row, in the order of `rowColumns`; one more when it has charges. */
export type RowValues = (string | number | null)[];

export const columnAt = Object.fromEntries(rowColumns.map((name, at) => [name, at])) as Record<
  (typeof rowColumns)[number],
  number
>;
