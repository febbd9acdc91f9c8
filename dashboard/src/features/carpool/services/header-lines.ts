/** Headers as one `name: value` a line. `badLine` is the first line that is none. */
export function readHeaders(text: string): { headers: Record<string, string>; badLine?: string } {
  const headers: Record<string, string> = {};
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '') continue;
    const at = line.indexOf(':');
    const name = line.slice(0, Math.max(0, at)).trim().toLowerCase();
    if (!/^[a-z0-9-]{1,100}$/.test(name)) return { headers, badLine: line };
    headers[name] = line.slice(at + 1).trim();
  }
  return { headers };
}

export function writeHeaders(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
