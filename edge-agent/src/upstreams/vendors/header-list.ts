/** The first value of a name in a flat list of headers; names are in lower case. */
export function findHeader(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((one, i) => i % 2 === 0 && one === name);
  return at < 0 ? undefined : headers[at + 1];
}

export function withoutHeaders(headers: readonly string[], names: readonly string[]): string[] {
  return headers.filter((_, i) => !names.includes(headers[i - (i % 2)] ?? ''));
}
