export type CsvValue = string | number | null;

/** A table for spreadsheets: UTF-8 with a byte order mark, lines ending in CR LF. */
export function csvText(lines: readonly (readonly CsvValue[])[]): string {
  return `\uFEFF${lines.map((line) => line.map(field).join(',')).join('\r\n')}\r\n`;
}

const amount = /^-?\d+(\.\d+)?$/;

/** A text that a spreadsheet would run as a formula gets an apostrophe in front. */
function field(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number' || amount.test(value)) return String(value);
  const safe = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
