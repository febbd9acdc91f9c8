/** Reads the fields of a form as the API takes them: an empty box is null. */
export function textIn(fields: FormData, name: string): string | null {
  return String(fields.get(name) ?? '').trim() || null;
}

export function numberIn(fields: FormData, name: string): number | null {
  const text = textIn(fields, name);
  return text === null ? null : Number(text);
}

/** One entry a line; empty lines and doubles do not count. */
export function linesIn(fields: FormData, name: string): string[] {
  const lines = String(fields.get(name) ?? '').split(/[\n,，]/);
  return [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ''))];
}

/** The end of a chosen day where the reader is; null: no day. */
export function dayEndIn(fields: FormData, name: string): string | null {
  const text = textIn(fields, name);
  return text === null ? null : new Date(`${text}T23:59:59`).toISOString();
}

/** An instant as a date box shows it. */
export function dayOf(instant: string | null): string {
  if (instant === null) return '';
  const at = new Date(instant);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
