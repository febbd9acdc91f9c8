/** OpenAI's words for how long to think. */
export function effortOf({
  effort,
  budget,
}: {
  readonly effort: string | null;
  readonly budget: number | null;
}): string | undefined {
  if (effort !== null) return effort;
  if (budget === null || budget < 0) return undefined;
  if (budget === 0) return 'none';
  return budget <= 2048 ? 'low' : budget <= 10_000 ? 'medium' : 'high';
}
