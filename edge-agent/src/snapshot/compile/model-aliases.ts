import type { ModelAlias } from '@aicarpool/shared-protocol';
import { matchesGlob } from './model-names.ts';

/** The aliases of a group for one service as one lookup; the first rule that fits counts. */
export function compileAliases(rules: readonly ModelAlias[]): (model: string) => string | undefined {
  if (rules.length === 0) return () => undefined;
  return (model) => {
    const rule = rules.find(({ from }) => matchesGlob(from, model));
    return rule?.to.replace('*', () => starOf(rule.from, model));
  };
}

/** What the first star of `pattern` matched: the shortest run after which the rest still fits. */
function starOf(pattern: string, text: string): string {
  const star = pattern.indexOf('*');
  if (star < 0) return '';
  const rest = pattern.slice(star + 1);
  for (let end = star; end <= text.length; end += 1) {
    if (matchesGlob(rest, text.slice(end))) return text.slice(star, end);
  }
  return text.slice(star);
}
