import type { Lane } from './lanes.ts';
import type { TableRow } from './play.ts';

const names = { fault: 'fault', accounts: 'accounts', sees: 'the caller sees', asked: 'asked', booked: 'booked' } as const;
const columns = ['fault', 'accounts', 'sees', 'asked', 'booked'] as const;

/** As Markdown, in columns: readable by people, and compared word by word. */
export function writeTable({ caller, provider }: Lane, rows: readonly TableRow[]): string {
  const cells = [columns.map((column) => names[column]), ...rows.map((row) => columns.map((column) => row[column]))];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)));
  const lines = cells.map((line) => `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`);
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return `# Callers of ${caller} before providers of ${provider}\n\n${[lines[0], rule, ...lines.slice(1)].join('\n')}\n`;
}
