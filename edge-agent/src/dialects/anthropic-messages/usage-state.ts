import { noTokens, type TokenUsage } from '@aicarpool/shared-protocol';
import { asCount, asObject, asText, type Document } from '../answer/read-value.ts';
import type { MeterReading } from '../dialect.ts';

/** Usage as it grows over one answer: numbers are cumulative; an absent or null one keeps what came earlier. */
export class UsageState {
  #seen = false;
  #input: number | null = null;
  #cacheRead = 0;
  #cacheWrite: number | null = null;
  #write5m: number | null = null;
  #write1h: number | null = null;
  #output = 0;
  #thinking: number | null = null;
  #searches = 0;
  #iterations: readonly unknown[] = [];

  get inputReported(): boolean {
    return this.#input !== null;
  }

  /** True when `raw` stated the output so far. */
  merge(raw: Document): boolean {
    const output = asCount(raw['output_tokens']);
    const split = asObject(raw['cache_creation']);
    this.#input = asCount(raw['input_tokens']) ?? this.#input;
    this.#cacheRead = asCount(raw['cache_read_input_tokens']) ?? this.#cacheRead;
    this.#cacheWrite = asCount(raw['cache_creation_input_tokens']) ?? this.#cacheWrite;
    this.#write5m = asCount(split['ephemeral_5m_input_tokens']) ?? this.#write5m;
    this.#write1h = asCount(split['ephemeral_1h_input_tokens']) ?? this.#write1h;
    this.#output = output ?? this.#output;
    this.#thinking = asCount(asObject(raw['output_tokens_details'])['thinking_tokens']) ?? this.#thinking;
    this.#searches = asCount(asObject(raw['server_tool_use'])['web_search_requests']) ?? this.#searches;
    if (Array.isArray(raw['iterations'])) this.#iterations = raw['iterations'];
    this.#seen ||= output !== null || this.#input !== null;
    return output !== null;
  }

  usage(): TokenUsage | null {
    if (!this.#seen) return null;
    // A later total may leave the split behind: what the 1-hour part does not explain was a 5-minute write.
    const written = this.#cacheWrite ?? (this.#write5m ?? 0) + (this.#write1h ?? 0);
    const cacheWrite1h = Math.min(this.#write1h ?? 0, written);
    return {
      ...noTokens,
      input: this.#input ?? 0,
      cacheRead: this.#cacheRead,
      cacheWrite5m: written - cacheWrite1h,
      cacheWrite1h,
      output: this.#output,
      thinking: this.#thinking,
      webSearchRequests: this.#searches,
    };
  }

  /**
   * What is charged when the answer took several model passes (compaction, advisor, fallback): the top-level numbers
   * leave part of it out, and a pass may name another model. Null where it comes to the top-level numbers.
   */
  billed(): MeterReading['billed'] {
    const usage = this.usage();
    if (!usage || this.#iterations.length === 0) return null;
    const byModel = new Map<string | null, TokenUsage>();
    for (const iteration of this.#iterations) {
      const raw = asObject(iteration);
      const pass = new UsageState();
      pass.merge(raw);
      const model = asText(raw['model']);
      byModel.set(model, add(byModel.get(model) ?? noTokens, pass.usage() ?? noTokens));
    }
    const only = byModel.size === 1 ? byModel.get(null) : undefined;
    if (only && hasSameTokens(only, usage)) return null;
    const [first] = byModel.keys();
    return [...byModel].map(([model, pass]) => ({
      model,
      usage: model === first ? { ...pass, webSearchRequests: usage.webSearchRequests } : pass,
    }));
  }
}

function add(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    ...noTokens,
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite5m: a.cacheWrite5m + b.cacheWrite5m,
    cacheWrite1h: a.cacheWrite1h + b.cacheWrite1h,
    output: a.output + b.output,
  };
}

function hasSameTokens(a: TokenUsage, b: TokenUsage): boolean {
  const names = ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'output'] as const;
  return names.every((name) => a[name] === b[name]);
}
