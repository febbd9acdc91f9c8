const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * From inside a JSON string to its closing quote; `end` when the string goes on there, `end + 1` when the byte at `end`
 * is escaped. Hot path: short strings are walked, long ones jumped through.
 */
export function findStringEnd(bytes: Buffer, from: number, end: number): number {
  let at = from;
  const near = Math.min(from + 32, end);
  while (at < near) {
    const c = bytes[at];
    if (c === QUOTE) return at;
    at += c === BACKSLASH ? 2 : 1;
  }
  while (at < end) {
    const quote = bytes.indexOf(QUOTE, at);
    const stop = quote === -1 || quote > end ? end : quote;
    let slash = stop - 1;
    while (slash >= at && bytes[slash] === BACKSLASH) slash--;
    if ((stop - slash) % 2 === 1) return stop;
    at = stop + 1;
  }
  return at;
}
