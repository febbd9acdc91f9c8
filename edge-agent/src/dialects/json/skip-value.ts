const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MAX_DEPTH = 512;

export function skipSpace(body: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const c = body[at];
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return at;
    at++;
  }
  return end;
}

/** From the opening quote to just after the closing one; -1 when it is not closed. Hot path: most of a body is strings. */
export function skipString(body: Buffer, start: number, end: number): number {
  let at = start + 1;
  const near = Math.min(at + 24, end);
  while (at < near) {
    const c = body[at];
    if (c === QUOTE) return at + 1;
    at += c === BACKSLASH ? 2 : 1;
  }
  for (;;) {
    at = body.indexOf(QUOTE, at);
    if (at === -1 || at >= end) return -1;
    let slash = at - 1;
    while (body[slash] === BACKSLASH) slash--;
    at++;
    if ((at - slash) % 2 === 0) return at;
  }
}

/** From the first byte of a value to just after it; -1 when it is malformed, breaks off or lies deeper than 512. */
export function skipValue(body: Buffer, start: number, end: number): number {
  if (start >= end) return -1;
  const first = body[start];
  if (first === 0x7b || first === 0x5b) return skipNested(body, start, end);
  return first === QUOTE ? skipString(body, start, end) : skipPrimitive(body, start, end);
}

/** What may come next in the container at hand. */
const VALUE_OR_END = 0;
const VALUE = 1;
const KEY_OR_END = 2;
const KEY = 3;
const COMMA_OR_END = 4;

function skipNested(body: Buffer, start: number, end: number): number {
  const isObject: boolean[] = [];
  let state = VALUE;
  let at = start;
  while (at < end) {
    const c = body[at];
    if (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) {
      at++;
    } else if (c === 0x7d || c === 0x5d) {
      if (state === VALUE || state === KEY || isObject.pop() !== (c === 0x7d)) return -1;
      at++;
      if (isObject.length === 0) return at;
      state = COMMA_OR_END;
    } else if (c === 0x2c) {
      if (state !== COMMA_OR_END) return -1;
      state = isObject[isObject.length - 1] ? KEY : VALUE;
      at++;
    } else if (state === KEY || state === KEY_OR_END) {
      at = c === QUOTE ? skipKey(body, at, end) : -1;
      state = VALUE;
    } else if (state === COMMA_OR_END) {
      return -1;
    } else if (c === 0x7b || c === 0x5b) {
      if (isObject.length === MAX_DEPTH) return -1;
      isObject.push(c === 0x7b);
      state = c === 0x7b ? KEY_OR_END : VALUE_OR_END;
      at++;
    } else {
      at = c === QUOTE ? skipString(body, at, end) : skipPrimitive(body, at, end);
      state = COMMA_OR_END;
    }
    if (at === -1) return -1;
  }
  return -1;
}

/** From the opening quote of a key to just after its colon. */
function skipKey(body: Buffer, start: number, end: number): number {
  const close = skipString(body, start, end);
  const colon = close === -1 ? end : skipSpace(body, close, end);
  return colon < end && body[colon] === 0x3a ? colon + 1 : -1;
}

const literals = ['true', 'false', 'null'].map((word) => Buffer.from(word));

function skipPrimitive(body: Buffer, start: number, end: number): number {
  for (const word of literals) {
    if (body[start] !== word[0]) continue;
    const stop = start + word.length;
    return stop <= end && word.compare(body, start, stop) === 0 ? stop : -1;
  }
  return skipNumber(body, start, end);
}

function skipNumber(body: Buffer, start: number, end: number): number {
  let at = body[start] === 0x2d ? start + 1 : start;
  const whole = skipDigits(body, at, end);
  if (whole === at || (body[at] === 0x30 && whole > at + 1)) return -1;
  at = whole;
  if (at < end && body[at] === 0x2e) {
    const fraction = skipDigits(body, at + 1, end);
    if (fraction === at + 1) return -1;
    at = fraction;
  }
  if (at < end && (body[at] === 0x65 || body[at] === 0x45)) {
    const sign = body[at + 1];
    const from = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
    const exponent = skipDigits(body, from, end);
    if (exponent === from) return -1;
    at = exponent;
  }
  return at;
}

function skipDigits(body: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const c = body[at];
    if (c === undefined || c < 0x30 || c > 0x39) return at;
    at++;
  }
  return at;
}
