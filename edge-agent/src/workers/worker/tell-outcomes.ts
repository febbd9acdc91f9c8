import type { OnOutcome, Outcome } from '../../health/health.ts';

const tellEveryMs = 20;
const heldAtMost = 500;

/**
 * Tells the other processes of the node what requests show. What goes well is told a little later, the same of one
 * account in one word; a failure at once, behind what came before it, for the order decides whether failures are a row.
 */
export function tellOutcomes(tell: (outcomes: readonly Outcome[]) => void): OnOutcome {
  const held = new Map<string, Outcome>();
  let timer: NodeJS.Timeout | undefined;
  const flush = (last?: Outcome) => {
    clearTimeout(timer);
    timer = undefined;
    const outcomes = [...held.values(), ...(last ? [last] : [])];
    held.clear();
    if (outcomes.length > 0) tell(outcomes);
  };
  return (outcome) => {
    const name = nameOfWell(outcome);
    if (name === undefined) {
      flush(outcome);
      return;
    }
    const same = held.get(name);
    held.set(name, same ? { ...outcome, times: same.times + outcome.times } : outcome);
    if (held.size >= heldAtMost) flush();
    else timer ??= setTimeout(flush, tellEveryMs);
  };
}

/** Undefined: it did not go well, or a beginning and an end cannot be told apart in it. */
function nameOfWell({ groupId, upstreamId, model, shown }: Outcome): string | undefined {
  const isWell = shown.is === 'began' || (shown.is === 'ended' && shown.verdict.kind === 'well' && shown.hasBegun);
  return isWell ? `${shown.is} ${groupId} ${upstreamId} ${model}` : undefined;
}
