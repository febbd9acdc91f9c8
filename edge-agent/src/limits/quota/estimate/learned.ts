import { Quantile } from './quantile.ts';

/** JSON of English and code runs at 3.5 to 4.5 bytes a token; Chinese at about 2. */
const firstTokensPerByte = 0.35;
const firstOutputTokens = 4_000;
const leastOutputTokens = 1_000;
const mostOutputTokens = 32_000;
/** Shorter ones say more about what providers put around a request than about its text. */
const tellingBytes = 1_000;
const modelsAtMost = 1_000;
const talksAtMost = 10_000;
const high = 0.99;

/** What requests used to count: tokens of a byte by model, output by key and model. In memory, and bounded. */
export class Learned {
  readonly #perByte = new Map<string, Quantile>();
  readonly #outputs = new Map<string, Quantile>();

  /** As many as 99 of 100 requests have at the most. */
  tokensPerByte(model: string): number {
    return this.#perByte.get(model)?.of(high) ?? firstTokensPerByte;
  }

  /** As many as 99 of 100 answers have at the most, from 1,000 to 32,000. */
  outputTokens(keyId: string, model: string): number {
    const learned = this.#outputs.get(`${keyId}|${model}`)?.of(high) ?? firstOutputTokens;
    return Math.ceil(Math.min(mostOutputTokens, Math.max(leastOutputTokens, learned)));
  }

  learn(keyId: string, model: string, bodyBytes: number, inputTokens: number, outputTokens: number): void {
    if (bodyBytes >= tellingBytes && inputTokens > 0)
      entryOf(this.#perByte, model, modelsAtMost, newRatio).add(inputTokens / bodyBytes);
    if (outputTokens > 0) entryOf(this.#outputs, `${keyId}|${model}`, talksAtMost, newOutput).add(outputTokens);
  }
}

const newRatio = () => new Quantile(0.005, 9, 4);
const newOutput = () => new Quantile(leastOutputTokens, 5, 2);

/** The one that was made first goes when there are too many. */
function entryOf(all: Map<string, Quantile>, name: string, atMost: number, make: () => Quantile): Quantile {
  const known = all.get(name);
  if (known) return known;
  const [first] = all.keys();
  if (all.size >= atMost && first !== undefined) all.delete(first);
  const made = make();
  all.set(name, made);
  return made;
}
