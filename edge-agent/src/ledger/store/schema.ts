import { rowColumns } from './columns.ts';

const textColumns = new Set([
  'request_id',
  'group_id',
  'key_id',
  'user_id',
  'service',
  'upstream_id',
  'dialect',
  'operation',
  'model',
  'served_model',
  'status',
  'outcome',
  'price_version',
  'error_type',
  'upstream_request_id',
]);

/** The sums of a roll-up; `durations` is a packed histogram (pack-histogram.ts). */
const sums = `
  attempts INTEGER NOT NULL, requests INTEGER NOT NULL, successes INTEGER NOT NULL, timeout_errors INTEGER NOT NULL,
  rate_limit_errors INTEGER NOT NULL, auth_errors INTEGER NOT NULL, other_errors INTEGER NOT NULL,
  cancelled INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,
  output INTEGER NOT NULL, thinking INTEGER NOT NULL, cost_nano_usd INTEGER NOT NULL, estimated INTEGER NOT NULL,
  lost INTEGER NOT NULL, unpriced INTEGER NOT NULL, duration_sum_ms INTEGER NOT NULL, max_ms INTEGER NOT NULL,
  min_ms INTEGER, last_at_ms INTEGER, durations BLOB NOT NULL`;

const dimensions = `group_id TEXT NOT NULL, service TEXT NOT NULL, model TEXT NOT NULL, key_id TEXT NOT NULL, user_id TEXT NOT NULL`;
const key = `group_id, service, model, key_id, user_id`;

/** Append only. `PRAGMA user_version` says how many have run. */
export const migrations: readonly string[] = [
  `
CREATE TABLE ledger_meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE edge_usage_rows (
  seq INTEGER PRIMARY KEY,
  ${rowColumns.map((name) => `${name} ${textColumns.has(name) ? 'TEXT' : 'INTEGER'}`).join(',\n  ')},
  chain BLOB NOT NULL
);
CREATE INDEX edge_usage_rows_by_end ON edge_usage_rows (ended_at_ms);
-- One row holds the intents of one commit, a JSON array a line; seq_before is the head at that commit.
CREATE TABLE edge_intents (id INTEGER PRIMARY KEY, seq_before INTEGER NOT NULL, lines TEXT NOT NULL);
CREATE TABLE edge_usage_hourly (hour_at_ms INTEGER NOT NULL, ${dimensions}, ${sums},
  PRIMARY KEY (hour_at_ms, ${key})) WITHOUT ROWID;
CREATE TABLE edge_usage_daily (day_at_ms INTEGER NOT NULL, ${dimensions}, ${sums},
  PRIMARY KEY (day_at_ms, ${key})) WITHOUT ROWID;
-- A closed day whose hours are still kept, copied so that a month is quickly read; good once all 24 hours are in.
CREATE TABLE edge_usage_day_copies (day_at_ms INTEGER NOT NULL, ${dimensions}, ${sums},
  PRIMARY KEY (day_at_ms, ${key})) WITHOUT ROWID;
CREATE TABLE edge_usage_copied_days (day_at_ms INTEGER PRIMARY KEY, hours INTEGER NOT NULL);
CREATE TABLE edge_service_health (
  id INTEGER PRIMARY KEY, checked_at_ms INTEGER NOT NULL, service TEXT NOT NULL, upstream_id TEXT, status TEXT NOT NULL,
  response_time_ms INTEGER, error_message TEXT, consecutive_successes INTEGER NOT NULL,
  consecutive_failures INTEGER NOT NULL, avg_response_time_ms REAL, success_rate_percent REAL);
CREATE INDEX edge_service_health_by_time ON edge_service_health (checked_at_ms);
CREATE TABLE edge_log (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, level TEXT NOT NULL, category TEXT NOT NULL, message TEXT NOT NULL,
  context TEXT);
CREATE INDEX edge_log_by_time ON edge_log (at_ms);
`,
  `
ALTER TABLE edge_usage_rows ADD COLUMN charges TEXT;
-- A forgotten one stays for rows that come late.
CREATE TABLE edge_slices (
  win INTEGER PRIMARY KEY, quota TEXT NOT NULL, subject TEXT NOT NULL, unit TEXT NOT NULL, window TEXT NOT NULL,
  starts_at TEXT, ends_at TEXT, epoch TEXT NOT NULL, granted INTEGER NOT NULL, returned INTEGER NOT NULL, receipt TEXT,
  forgotten_at_ms INTEGER);
-- spent: by every row in the file; settled: by the rows up to acked_seq of ledger_meta. Narrow, for commits write it.
CREATE TABLE edge_spent (win INTEGER PRIMARY KEY, spent INTEGER NOT NULL DEFAULT 0, settled INTEGER NOT NULL DEFAULT 0);
-- The batch that waits to be acknowledged, as JSON, as it is sent.
CREATE TABLE edge_batch (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL);
`,
];
