/** How big a model is by its name. Unknown words leave it in the middle. */
export type Tier = 1 | 2 | 3;

const words: ReadonlyMap<string, Tier> = new Map([
  ...(['opus', 'pro', 'ultra', 'large', 'max'] as const).map((word) => [word, 3] as const),
  ...(['sonnet', 'medium', 'plus'] as const).map((word) => [word, 2] as const),
  ...(['haiku', 'flash', 'mini', 'nano', 'lite', 'small', 'tiny', 'micro', 'air', 'fast', '8b'] as const).map(
    (word) => [word, 1] as const,
  ),
]);

/** The smallest word counts: `gpt-5-codex-mini` and `gemini-pro-lite` are small. */
export function tierOf(nameWords: readonly string[]): Tier {
  let found: Tier | undefined;
  for (const word of nameWords) {
    const tier = words.get(word);
    if (tier !== undefined && (found === undefined || tier < found)) found = tier;
  }
  return found ?? 2;
}

/** `claude-3.5-Sonnet@20240620` → claude, 3.5, sonnet, 20240620. */
export function wordsOf(model: string): readonly string[] {
  return model
    .toLowerCase()
    .split(/[^a-z0-9.]/)
    .filter((word) => word !== '');
}
