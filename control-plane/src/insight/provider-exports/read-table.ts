import { usdToNanoUsd } from '@aicarpool/shared-protocol';
import type { ExportFormat } from '@aicarpool/shared-protocol/console';
import { parse } from 'csv-parse/sync';
import { Invalid } from '../../kernel/index.ts';

/** One day of one model as a provider states it; null: its table does not say. */
export interface ProviderRow {
  /** YYYY-MM-DD, UTC. */
  readonly date: string;
  readonly model: string;
  readonly tokens: number | null;
  readonly costNanoUsd: number | null;
}

export interface ProviderTable {
  readonly format: ExportFormat;
  readonly rows: readonly ProviderRow[];
}

type Cells = Readonly<Record<string, string>>;

interface Format {
  readonly format: ExportFormat;
  /** Columns by which it is known. */
  readonly known: readonly string[];
  readonly date: readonly string[];
  readonly model: readonly string[];
  /** Added up; []: the table has none. */
  readonly tokens: readonly string[];
  readonly cost: readonly string[];
}

/** What the exports of providers look like, as downloaded from their consoles in 2026. The first that fits counts. */
const formats: readonly Format[] = [
  {
    format: 'anthropic_usage',
    known: ['usage_date_utc', 'model_version', 'usage_input_tokens_no_cache', 'usage_output_tokens'],
    date: ['usage_date_utc'],
    model: ['model_version'],
    tokens: [
      'usage_input_tokens_no_cache',
      'usage_input_tokens_cache_write_5m',
      'usage_input_tokens_cache_write_1h',
      'usage_input_tokens_cache_write',
      'usage_input_tokens_cache_read',
      'usage_output_tokens',
    ],
    cost: [],
  },
  {
    format: 'anthropic_cost',
    known: ['usage_date_utc', 'model', 'cost_usd'],
    date: ['usage_date_utc'],
    model: ['model'],
    tokens: [],
    cost: ['cost_usd'],
  },
  {
    format: 'openai_usage',
    known: ['num_model_requests', 'input_tokens', 'output_tokens'],
    date: ['start_time_iso', 'start_time'],
    model: ['model'],
    tokens: ['input_tokens', 'output_tokens'],
    cost: [],
  },
  {
    format: 'openai_cost',
    known: ['amount_value'],
    date: ['start_time_iso', 'start_time'],
    model: ['line_item', 'model'],
    tokens: [],
    cost: ['amount_value'],
  },
  {
    format: 'plain',
    known: ['date'],
    date: ['date'],
    model: ['model'],
    tokens: ['input_tokens', 'output_tokens'],
    cost: ['cost_usd'],
  },
];

/** Reads a provider's export. Throws Invalid, naming the line, where it cannot be understood. */
export function readTable(content: string): ProviderTable {
  const records = cellsOf(content);
  const columns = new Set(Object.keys(records[0] ?? {}));
  const format = formats.find(({ known }) => known.every((name) => columns.has(name)));
  if (!format) {
    throw new Invalid(
      'export_unknown',
      'the first line names no columns of a known export; a plain table has date, model, input_tokens, output_tokens, cost_usd',
      {
        columns: [...columns].slice(0, 50),
      },
    );
  }
  const has = (names: readonly string[]) => names.some((name) => columns.has(name));
  if (!has(format.tokens) && !has(format.cost)) throw new Invalid('export_empty', 'the table has neither tokens nor cost');
  const rows = records.map((cells, at) => ({
    date: dateIn(cells, format.date, at + 2),
    model: (format.model.map((name) => cells[name]).find((value) => value !== undefined && value !== '') ?? '').trim(),
    tokens: has(format.tokens) ? sumOf(cells, format.tokens, at + 2, countIn) : null,
    costNanoUsd: has(format.cost) ? sumOf(cells, format.cost, at + 2, moneyIn) : null,
  }));
  return { format: format.format, rows };
}

function cellsOf(content: string): readonly Cells[] {
  try {
    const records: unknown = parse(content, {
      bom: true,
      columns: (names: string[]) => names.map((name) => name.trim()),
      skip_empty_lines: true,
      trim: true,
    });
    if (Array.isArray(records) && records.length > 0) return records as Cells[];
  } catch (error) {
    throw new Invalid(
      'export_malformed',
      `this is no CSV table: ${error instanceof Error ? error.message : 'it cannot be read'}`,
    );
  }
  throw new Invalid('export_empty', 'the table has no lines');
}

function sumOf(cells: Cells, names: readonly string[], line: number, read: (text: string) => number | undefined): number {
  let sum = 0;
  for (const name of names) {
    const text = cells[name] ?? '';
    if (text === '') continue;
    const value = read(text.replaceAll(',', ''));
    if (value === undefined || !Number.isSafeInteger(sum + value))
      throw new Invalid('export_malformed', `line ${line}: ${name} is no number that can be added`);
    sum += value;
  }
  return sum;
}

function countIn(text: string): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function moneyIn(text: string): number | undefined {
  const value = Number(text.replace(/^\$/, ''));
  return Number.isFinite(value) && Math.abs(value) < 9e6 ? usdToNanoUsd(value) : undefined;
}

function dateIn(cells: Cells, names: readonly string[], line: number): string {
  const text = names.map((name) => cells[name]).find((value) => value !== undefined && value !== '') ?? '';
  const atMs = /^\d{9,11}$/.test(text) ? Number(text) * 1000 : instantIn(text);
  if (Number.isNaN(atMs)) throw new Invalid('export_malformed', `line ${line}: ${JSON.stringify(text.slice(0, 40))} is no date`);
  return new Date(atMs).toISOString().slice(0, 10);
}

/** A day, or a moment of it: UTC, as providers count, unless it names another zone. NaN: it is none. */
function instantIn(text: string): number {
  const iso = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](.+))?$/.exec(text);
  const slashed = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  const [year, month, day, time = '00:00:00'] = iso ? iso.slice(1) : slashed ? [slashed[3], slashed[1], slashed[2]] : [];
  if (year === undefined || month === undefined || day === undefined) return Number.NaN;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  // What JavaScript takes for a day of the next month is none.
  if (new Date(`${date}T00:00:00Z`).getUTCDate() !== Number(day)) return Number.NaN;
  const hasZone = /(Z|UTC|[+-]\d{2}:?\d{2})$/i.test(time);
  return Date.parse(`${date}T${time.replace(/ ?UTC$/i, 'Z')}${hasZone ? '' : 'Z'}`);
}
