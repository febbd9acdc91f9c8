import { type Check, judge, type Verdict } from '../../health/health.ts';
import { checkAccount, listsModels } from '../../upstreams/check-account.ts';
import { isSimulator } from '../../upstreams/upstreams.ts';
import type { Agent } from '../agent.ts';
import { causeOf } from '../relay/failure.ts';

/** What the keeper of health does to look at an account: its verdict is of the same kind as that of a request. */
export function lookAtAccount(agent: Pick<Agent, 'upstreams' | 'nowMs'>): Check {
  return async (target, group) => {
    const beganAtMs = agent.nowMs();
    if (isSimulator(target.upstream)) return { verdict: { kind: 'well' }, tookMs: 0 };
    const look = await checkAccount(agent.upstreams, { ...target, group });
    const nowMs = agent.nowMs();
    const tookMs = Math.max(0, nowMs - beganAtMs);
    if (!look.ok) return { verdict: causeOf(look.error).verdict, tookMs };
    const { status, headers, body } = look;
    const knowsCredential = listsModels(target.service);
    const verdict = judge({ status, headers, body: body.toString('utf8') }, nowMs);
    return { verdict: knowsCredential ? verdict : wayOnly(verdict, status), tookMs };
  };
}

/** Nothing was shown there but that somebody answers. */
function wayOnly(verdict: Verdict, status: number): Verdict {
  return status >= 500 ? verdict : { kind: 'neutral' };
}
