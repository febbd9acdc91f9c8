const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/** Knows when the JSON object that comes in pieces is whole, without parsing it again and again. */
export class WholeJson {
  isWhole = false;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  push(text: string): void {
    for (let at = 0; at < text.length && !this.isWhole; at++) this.#step(text.charCodeAt(at));
  }

  #step(c: number): void {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (c === BACKSLASH) this.#isEscaped = true;
      else if (c === QUOTE) this.#isInString = false;
    } else if (c === QUOTE) this.#isInString = true;
    else if (OPEN.has(c)) this.#depth++;
    else if (CLOSE.has(c)) {
      this.#depth--;
      this.isWhole = this.#depth <= 0;
    }
  }
}
