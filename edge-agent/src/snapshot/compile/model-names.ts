/**
 * Does `text` match `pattern`, in which `*` stands for any run of characters? Walks both once and falls back to
 * the last star only: the cost is bounded by the product of the lengths, whatever the pattern.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p;
      p += 1;
      resume = t;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      t = resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** A test for a list of names of which some may hold `*`; plain names cost one lookup. */
export function modelTest(names: readonly string[]): (model: string) => boolean {
  const exact = new Set(names.filter((name) => !name.includes('*')));
  const globs = names.filter((name) => name.includes('*'));
  if (globs.includes('*')) return () => true;
  return (model) => exact.has(model) || globs.some((glob) => matchesGlob(glob, model));
}

/** The entry named exactly so, else the one with the longest name that `model` continues with '-', '@' or ':'. */
export function findByName<T>(byName: ReadonlyMap<string, T>, model: string): T | undefined {
  const exact = byName.get(model);
  if (exact !== undefined) return exact;
  for (let end = model.length - 1; end > 0; end -= 1) {
    const mark = model[end];
    if (mark !== '-' && mark !== '@' && mark !== ':') continue;
    const entry = byName.get(model.slice(0, end));
    if (entry !== undefined) return entry;
  }
  return undefined;
}
