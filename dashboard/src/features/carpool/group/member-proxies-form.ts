const prefix = 'member.';

export const memberField = (userId: string) => `${prefix}${userId}`;

/** User id → proxy id, as the form says it; members that the form does not show keep what they had. */
export function memberProxiesIn(fields: FormData, before: Readonly<Record<string, string>>): Record<string, string> {
  const after = { ...before };
  for (const [name, value] of fields) {
    if (!name.startsWith(prefix)) continue;
    const userId = name.slice(prefix.length);
    if (value === '') delete after[userId];
    else after[userId] = String(value);
  }
  return after;
}
