import type { Fact } from '../../facts.ts';

/** What waits for its ring: how requests find their way. Everything else of a group is told to all nodes at once. */
const riskyOfGroup = ['services', 'routing', 'health', 'failover_enabled', 'egress'];

/** A resource as an outer ring is told it while a change of it is on its way: risky parts as before, the rest as now. Pure. */
export function holdBack(now: Fact, before: Fact): Fact {
  if (now.kind === 'service') return { ...before, body: { ...before.body, ...pick(now.body, ['status']) } };
  return { ...now, body: { ...now.body, ...pick(before.body, riskyOfGroup) } };
}

function pick(body: Fact['body'], names: readonly string[]): Fact['body'] {
  return Object.fromEntries(names.flatMap((name) => (name in body ? [[name, body[name] ?? null]] : [])));
}
