export function sayResponsesCount(count: number): string {
  return JSON.stringify({ object: 'response.input_tokens', input_tokens: count });
}
