export function sayGeminiCount(count: number): string {
  return JSON.stringify({ totalTokens: count });
}
