import { dropMember } from '../json/edit-members.ts';
import { readTopLevel } from '../json/read-top-level.ts';

const LF = 0x0a;
const CR = 0x0d;
const usageKey = Buffer.from('"usage"');
const keptAtMostBytes = 1024 * 1024;
const nothing = Buffer.alloc(0);

/**
 * Takes out of a chat stream what only `include_usage` brings: the chunk that holds usage and no choice, and
 * `usage: null` in the others. All other bytes pass as they came, whole lines at a time.
 */
export class UsageFilter {
  #tail: Buffer = nothing;
  /** After a chunk that was dropped, the blank line behind it goes, too. */
  #skipsBlank = false;
  #gaveUp = false;

  push(chunk: Buffer): Buffer {
    if (this.#gaveUp) return chunk;
    const bytes = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    const end = bytes.lastIndexOf(LF) + 1;
    this.#tail = bytes.subarray(end);
    const lines = this.#readLines(bytes.subarray(0, end));
    if (this.#tail.length <= keptAtMostBytes) {
      // The chunk's memory is not this filter's to keep.
      this.#tail = Buffer.from(this.#tail);
      return lines;
    }
    this.#gaveUp = true;
    return Buffer.concat([lines, this.end()]);
  }

  end(): Buffer {
    const left = this.#tail;
    this.#tail = nothing;
    return left;
  }

  #readLines(bytes: Buffer): Buffer {
    if (!this.#skipsBlank && bytes.indexOf(usageKey) === -1) return bytes;
    const out: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const next = bytes.indexOf(LF, at) + 1;
      const line = this.#readLine(bytes.subarray(at, next));
      if (line) out.push(line);
      at = next;
    }
    return Buffer.concat(out);
  }

  /** Undefined: the line is taken out. */
  #readLine(line: Buffer): Buffer | undefined {
    const isBlank = line.length === 1 || (line.length === 2 && line[0] === CR);
    if (isBlank && this.#skipsBlank) {
      this.#skipsBlank = false;
      return undefined;
    }
    if (isBlank || line.indexOf(usageKey) === -1) return line;
    const start = line.indexOf(0x7b);
    const end = line.lastIndexOf(0x7d) + 1;
    const top = start === -1 ? undefined : readTopLevel(line, start, end, ['usage', 'choices']);
    const usage = top?.ok ? top.values.get('usage') : undefined;
    const choices = top?.ok ? top.values.get('choices') : undefined;
    if (!usage) return line;
    if (line[usage.start] === 0x7b && choices && isEmptyList(line.toString('latin1', choices.start, choices.end))) {
      this.#skipsBlank = true;
      return undefined;
    }
    if (line.toString('latin1', usage.start, usage.end) !== 'null') return line;
    return Buffer.concat([line.subarray(0, start), dropMember(line.subarray(start, end), 'usage'), line.subarray(end)]);
  }
}

function isEmptyList(text: string): boolean {
  return text.length < 16 && text.replaceAll(' ', '') === '[]';
}
