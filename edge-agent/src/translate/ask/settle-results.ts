import type { Turn } from '../request/turns.ts';

/** Every result in the turn right behind its call, where Anthropic, Gemini and Chat Completions demand it. */
export function settleResults(turns: readonly Turn[]): readonly Turn[] {
  const settled: Turn[] = [];
  const callers = new Map<string, number>();
  for (const { role, parts } of turns) {
    const here: Turn = { role, parts: [] };
    for (const part of parts) {
      const caller = part.kind === 'result' ? callers.get(part.id) : undefined;
      const behind = caller === undefined ? undefined : settled[caller + 1];
      if (behind?.role === 'user') behind.parts.push(part);
      else here.parts.push(part);
      if (part.kind === 'call') callers.set(part.id, settled.length);
    }
    if (here.parts.length > 0) settled.push(here);
  }
  return settled;
}
