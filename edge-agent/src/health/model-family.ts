const known = new Map<string, string>();
const rememberAtMost = 2_000;
const claude = ['opus', 'sonnet', 'haiku'];

/** Models that share one limit at their provider: Anthropic's by class, others by name without its date. Remembers. */
export function familyOf(model: string): string {
  const before = known.get(model);
  if (before !== undefined) return before;
  const family = findFamily(model.toLowerCase());
  if (known.size >= rememberAtMost) known.clear();
  known.set(model, family);
  return family;
}

function findFamily(name: string): string {
  if (name.startsWith('claude-')) {
    const word = claude.find((one) => name.includes(one));
    if (word !== undefined) return `claude-${word}`;
  }
  return name.replace(/(?:[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|latest))$/, '').slice(0, 200);
}
