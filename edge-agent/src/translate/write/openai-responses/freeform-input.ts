const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '"': '"', '\\': '\\', '/': '/' };
const opening = /^\s*\{\s*"input"\s*:\s*"/;
/** Where an opening is possible at all, it is there by then; it holds blanks only besides. */
const MAX_OPENING_CHARS = 256;

/** Takes the plain text out of `{"input":"…"}` while the JSON still comes, so that it can stream as freeform input does. */
export class FreeformInput {
  #all = '';
  #at = 0;
  #state: 'opening' | 'inside' | 'closed' | 'other' = 'opening';

  push(piece: string): string {
    if (this.#state === 'closed') return '';
    this.#all += piece;
    if (this.#state === 'opening') this.#open();
    if (this.#state !== 'inside') return '';
    const text = this.#unescape();
    // Only the rest is kept: long input comes in very many pieces.
    this.#all = this.#all.slice(this.#at);
    this.#at = 0;
    return text;
  }

  /** What is still to be said: all of it where the model did not keep to the form. */
  end(): string {
    if (this.#state === 'inside' || this.#state === 'closed') return '';
    return inputOf(this.#all);
  }

  #open(): void {
    const match = opening.exec(this.#all.slice(0, MAX_OPENING_CHARS));
    if (match) {
      this.#at = match[0].length;
      this.#state = 'inside';
    } else if (this.#all.length >= MAX_OPENING_CHARS) {
      this.#state = 'other';
    }
  }

  #unescape(): string {
    let text = '';
    while (this.#at < this.#all.length) {
      const char = this.#all.charAt(this.#at);
      if (char === '"') {
        this.#state = 'closed';
        return text;
      }
      const length = char !== '\\' ? 1 : this.#all.charAt(this.#at + 1) === 'u' ? 6 : 2;
      if (this.#at + length > this.#all.length) return text;
      text += char === '\\' ? unescaped(this.#all.slice(this.#at + 1, this.#at + length)) : char;
      this.#at += length;
    }
    return text;
  }
}

function unescaped(code: string): string {
  return code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code);
}

function inputOf(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value;
    const input = typeof value === 'object' && value !== null && 'input' in value ? value.input : undefined;
    return typeof input === 'string' ? input : text;
  } catch {
    return text;
  }
}
