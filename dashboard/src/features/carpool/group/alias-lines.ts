interface Rule {
  readonly from: string;
  readonly to: string;
}

/** One rule a line: `gpt-* = claude-sonnet-5`. Gives the first line that is none. */
export function readAliases(text: string): { readonly rules: Rule[]; readonly badLine: string | undefined } {
  const rules: Rule[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') continue;
    const [from = '', to = '', ...rest] = line.split('=').map((part) => part.trim());
    if (from === '' || to === '' || rest.length > 0) return { rules, badLine: line };
    rules.push({ from, to });
  }
  return { rules, badLine: undefined };
}

export function writeAliases(rules: readonly Rule[]): string {
  return rules.map(({ from, to }) => `${from} = ${to}`).join('\n');
}
