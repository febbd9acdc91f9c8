import {
  type NewUpstream,
  newUpstream,
  type UpstreamImport,
  type UpstreamImportReport,
} from '@aicarpool/shared-protocol/console';
import { CsvError, parse } from 'csv-parse/sync';
import type { z } from 'zod';
import { Invalid } from '../../../kernel/index.ts';

const mostRows = 1000;
const columns = Object.keys(newUpstream.shape);
const needed = ['service_name', 'name', 'credential'];
const numbers = new Set(['priority', 'weight', 'concurrency']);

export type RowError = UpstreamImportReport['rows'][number]['errors'][number];

/** One row: the account it asks for, or what is wrong with it. Never holds the secret in an error. */
export interface ParsedRow {
  readonly row: number;
  readonly name: string | null;
  readonly serviceName: string | null;
  readonly wish: NewUpstream | undefined;
  readonly errors: readonly RowError[];
}

/** Reads what was pasted. Nothing of it is repeated in an error: any part may be a secret in the wrong place. Throws Invalid. */
export function parseRows(input: Pick<UpstreamImport, 'format' | 'content'>): readonly ParsedRow[] {
  const objects = input.format === 'csv' ? readCsv(input.content) : readJsonRows(input.content);
  if (objects.length === 0) throw new Invalid('import_empty', 'there is no row to import');
  if (objects.length > mostRows) throw new Invalid('import_too_long', `an import may have ${mostRows} rows; split it`);
  return objects.map((object, at) => parseRow(object, at + 1));
}

function readCsv(content: string): readonly unknown[] {
  const [head = [], ...lines] = readLines(content);
  const names = head.map((name) => name.trim().toLowerCase());
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new Invalid('import_head_missing', `the first line must name the columns; it lacks ${missing.join(', ')}`, { columns });
  }
  if (new Set(names).size < names.length) throw new Invalid('import_head_malformed', 'the first line names a column twice');
  return lines.map((line) => {
    if (line.length > names.length) return undefined;
    const cells = line.map((cell, at) => [names[at] ?? '', cellOf(names[at] ?? '', cell.trim())] as const);
    return Object.fromEntries(cells.filter(([, cell]) => cell !== undefined));
  });
}

function readLines(content: string): string[][] {
  try {
    return parse(content, { bom: true, relax_column_count: true, skip_empty_lines: true, max_record_size: 40_000 });
  } catch (error) {
    const code = error instanceof CsvError ? error.code : 'CSV_MALFORMED';
    throw new Invalid('import_malformed', `this is not CSV (${code}); quotes must be closed, and doubled inside a quoted cell`);
  }
}

function cellOf(name: string, cell: string): string | number | undefined {
  if (cell === '') return undefined;
  return numbers.has(name) && /^-?\d{1,9}$/.test(cell) ? Number(cell) : cell;
}

function readJsonRows(content: string): readonly unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    throw new Invalid('import_malformed', 'this is not JSON');
  }
  if (!Array.isArray(parsed)) throw new Invalid('import_malformed', 'give a JSON array of objects, one for each account');
  return parsed;
}

function parseRow(object: unknown, row: number): ParsedRow {
  const unreadable = { row, name: null, serviceName: null, wish: undefined };
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    const message = 'this row does not fit the columns; check its commas and quotes';
    return { ...unreadable, errors: [{ field: null, code: 'row_malformed', message }] };
  }
  const parsed = newUpstream.safeParse(object);
  const unknown = Object.keys(object).filter((key) => !columns.includes(key)).length;
  const errors: RowError[] = parsed.success ? [] : parsed.error.issues.map(errorOf);
  if (unknown > 0) {
    const message = `${unknown} of its fields are not known; known are ${columns.join(', ')}`;
    errors.push({ field: null, code: 'field_unknown', message });
  }
  if (!parsed.success) return { ...unreadable, errors };
  const { name, service_name: serviceName } = parsed.data;
  return { row, name, serviceName, wish: errors.length > 0 ? undefined : parsed.data, errors };
}

function errorOf(issue: z.core.$ZodIssue): RowError {
  const field = typeof issue.path[0] === 'string' && columns.includes(issue.path[0]) ? issue.path[0] : null;
  return { field, code: 'invalid_input', message: issue.message.slice(0, 300) };
}
