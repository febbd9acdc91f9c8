/** One server-sent event as text. `data` is one JSON document: it must hold no line break of its own. */
export function writeEvent(data: string, name?: string): string {
  return name === undefined ? `data: ${data}\n\n` : `event: ${name}\ndata: ${data}\n\n`;
}
