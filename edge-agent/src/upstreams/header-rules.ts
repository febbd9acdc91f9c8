/** Which header names pass: an exact name, or a prefix; `never` wins over both. All in lower case. */
export interface HeaderRules {
  readonly exact: readonly string[];
  readonly prefixes: readonly string[];
  readonly never: readonly string[];
  readonly neverPrefixes?: readonly string[];
  readonly neverSuffixes?: readonly string[];
}

/** The name in lower case when it may pass, else undefined. */
export type HeaderGate = (rawName: string) => string | undefined;

const rememberAtMost = 2_000;

/** Hot path: a name costs one lookup after its first time. What strangers invent is not remembered beyond the bound. */
export function headerGate(rules: HeaderRules): HeaderGate {
  const known = new Map<string, string | undefined>();
  const decide = (rawName: string): string | undefined => {
    const name = rawName.toLowerCase();
    if (rules.never.includes(name)) return undefined;
    if (rules.neverPrefixes?.some((prefix) => name.startsWith(prefix))) return undefined;
    if (rules.neverSuffixes?.some((suffix) => name.endsWith(suffix))) return undefined;
    if (rules.exact.includes(name)) return name;
    return rules.prefixes.some((prefix) => name.startsWith(prefix)) ? name : undefined;
  };
  return (rawName) => {
    const before = known.get(rawName);
    if (before !== undefined || known.has(rawName)) return before;
    const name = decide(rawName);
    if (known.size < rememberAtMost && rawName.length <= 64) known.set(rawName, name);
    return name;
  };
}
