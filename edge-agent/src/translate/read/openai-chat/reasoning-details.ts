import { asList, asText, type Document, isObject } from '../../../dialects/answer/read-value.ts';

const MAX_DETAILS = 256;
const MAX_DETAIL_CHARS = 4 * 1024 * 1024;

/**
 * Gathers `reasoning_details` (OpenRouter and its like), which come in pieces by index and must go back whole: their
 * signatures and encrypted parts prove the thinking to the provider behind.
 */
export class ReasoningDetails {
  #byIndex = new Map<string, Record<string, unknown>>();
  #chars = 0;
  #proves = false;

  add(details: unknown): void {
    for (const detail of asList(details)) if (isObject(detail)) this.#merge(detail);
  }

  /** What was gathered since the last call as JSON; null where nothing in it proves anything. */
  take(): string | null {
    const proof = this.#proves ? JSON.stringify([...this.#byIndex.values()]) : null;
    this.#byIndex = new Map();
    this.#chars = 0;
    this.#proves = false;
    return proof;
  }

  #merge(detail: Document): void {
    const key = `${String(detail['index'] ?? 0)} ${asText(detail['type']) ?? ''}`;
    const known = this.#byIndex.get(key) ?? {};
    if (this.#byIndex.size >= MAX_DETAILS && !this.#byIndex.has(key)) return;
    for (const [name, value] of Object.entries(detail)) {
      if (value === null || value === undefined) continue;
      const isPiece = typeof value === 'string' && (name === 'text' || name === 'summary');
      const before = known[name];
      this.#chars += typeof value === 'string' ? value.length : 8;
      if (this.#chars > MAX_DETAIL_CHARS) return;
      known[name] = isPiece && typeof before === 'string' ? before + value : value;
    }
    this.#byIndex.set(key, known);
    this.#proves ||= asText(detail['signature']) !== null || asText(detail['data']) !== null;
  }
}
