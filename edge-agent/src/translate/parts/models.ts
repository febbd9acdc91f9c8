/** What is known of models by their names; a name nobody knows counts as a model that can do everything. */

const thoughtless =
  /^(gpt-4|gpt-3|chatgpt-4|llama|meta-llama|mistral|mixtral|codestral|pixtral|gemma|command|deepseek-chat|deepseek-v)/;
const ownSampling = /^(o1|o3|o4|gpt-[5-9])/;
const noStop = /^(o3|o4)/;

/** The name without the vendor that some services write before it. */
function bareName(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1).toLowerCase();
}

/** It answers 400 when told how much to think. */
export function neverThinks(model: string): boolean {
  return thoughtless.test(bareName(model));
}

/** It answers 400 to `temperature` and `top_p`: its own are the only ones. */
export function hasOwnSampling(model: string): boolean {
  const name = bareName(model);
  return ownSampling.test(name) && !name.includes('chat');
}

export function takesStop(model: string): boolean {
  return !noStop.test(bareName(model));
}

/** Where a larger output limit is answered with 400; a limit above what a model can say is none. */
const outputLimits: readonly (readonly [prefix: string, tokens: number])[] = [
  ['gpt-4o', 16_384],
  ['gpt-4.1', 32_768],
  ['gpt-4-turbo', 4_096],
  ['gpt-3.5', 4_096],
  ['gpt-5', 128_000],
  ['o1', 100_000],
  ['o3', 100_000],
  ['o4', 100_000],
  ['gemini-1', 8_192],
  ['gemini-2.0', 8_192],
  ['gemini-', 65_536],
];

export function capOutput(model: string, tokens: number): number {
  const name = bareName(model);
  const limit = outputLimits.find(([prefix]) => name.startsWith(prefix))?.[1];
  return limit === undefined ? tokens : Math.min(tokens, limit);
}
