import { describe, expect, it } from 'vitest';
import { type BudgetPlan, callsOf, evenShares, moveShare, oversell, planOf } from './budget-plan.ts';

const held = (
  id: string,
  of: 'group' | 'member',
  limit: number,
  service: string | null = null,
  unit: 'tokens' | 'usd' = 'tokens',
) => ({
  ...{ id, of, subject: null, service_name: service, unit, window: 'month' as const, limit, alert_percent: 80 },
});
const none: BudgetPlan = { tokens: null, perMember: null, usd: null, alertPercent: 80, shares: null };
const services = ['claude', 'gemini', 'ampcode'];
const sumOf = (shares: Record<string, number>) => Object.values(shares).reduce((sum, share) => sum + share, 0);
type Quotas = Parameters<typeof callsOf>[2];
const said = (plan: BudgetPlan, quotas: Quotas, now = quotas, sent: readonly BudgetPlan[] = []) =>
  callsOf(plan, [planOf(quotas, services), ...sent], now, services, 'r').map(({ method, path, body }) => {
    const { service_name, of, unit, limit } = (body ?? {}) as Record<string, unknown>;
    return [method, path, [of, unit, service_name].filter(Boolean).join(' '), limit];
  });

describe('shares of services', () => {
  it('always add up to 100', () => {
    expect(evenShares(services)).toEqual({ claude: 34, gemini: 33, ampcode: 33 });
    for (let percent = 0; percent <= 100; percent += 1) {
      const moved = moveShare({ claude: 65, gemini: 25, ampcode: 10 }, 'gemini', percent);
      expect([moved['gemini'], sumOf(moved)]).toEqual([percent, 100]);
      expect(Math.min(...Object.values(moved))).toBeGreaterThanOrEqual(0);
    }
    expect(moveShare({ claude: 100, gemini: 0, ampcode: 0 }, 'claude', 40)).toEqual({ claude: 40, gemini: 30, ampcode: 30 });
    expect(moveShare({ claude: 100 }, 'claude', 40)).toEqual({ claude: 100 });
  });
});

describe('planOf', () => {
  it('reads the monthly quotas of the group and of each member', () => {
    const daily = { ...held('d', 'group', 1), window: 'day' as const };
    const quotas = [held('a', 'group', 1000), held('b', 'member', 200), held('c', 'group', 9.5, null, 'usd'), daily];
    expect(planOf(quotas, services)).toEqual({ ...none, tokens: 1000, perMember: 200, usd: 9.5 });
    const parts = [held('e', 'group', 650, 'claude'), held('f', 'group', 250, 'gemini'), held('g', 'group', 100, 'ampcode')];
    expect(planOf([...quotas, ...parts], services).shares).toEqual({ claude: 65, gemini: 25, ampcode: 10 });
    expect(planOf([...quotas, ...parts.slice(0, 2)], services).shares).toBe('own');
    expect(planOf([], services)).toEqual(none);
  });
});

describe('callsOf', () => {
  it('sets what is new, changes what is there and removes what is empty', () => {
    const quotas = [held('a', 'group', 1000), held('b', 'member', 200)];
    expect(said({ ...none, tokens: 1000, usd: 5 }, quotas)).toEqual([
      ['DELETE', '/b', '', undefined],
      ['POST', '', 'group usd', 5],
    ]);
    expect(said({ ...none, tokens: 1000, perMember: 300 }, quotas)).toEqual([['PATCH', '/b', '', 300]]);
  });

  it('leaves services alone that have limits of their own, and those whose shares nobody moved', () => {
    const mixed = [held('a', 'group', 1000), held('c', 'group', 650, 'claude')];
    expect(said({ ...planOf(mixed, services), tokens: 2000 }, mixed)).toEqual([['PATCH', '/a', '', 2000]]);
    const odd = [held('a', 'group', 1000), ...services.map((service, at) => held(service, 'group', 331 + at, service))];
    expect(said({ ...planOf(odd, services), usd: 9 }, odd)).toEqual([['POST', '', 'group usd', 9]]);
  });

  it('sends nothing of a plan that nobody changed, whatever else the quotas say', () => {
    const quotas = [held('a', 'group', 1000), { ...held('b', 'member', 200), alert_percent: 95 }];
    const plan = planOf(quotas, services);
    expect(callsOf(plan, [plan], quotas, services, 'r')).toEqual([]);
    const raised = callsOf({ ...plan, perMember: 300 }, [plan], quotas, services, 'r');
    expect(raised).toEqual([{ method: 'PATCH', path: '/b', body: { limit: 300, reason: 'r' } }]);
    const told = callsOf({ ...plan, alertPercent: 50 }, [plan], quotas, services, 'r');
    expect(told).toEqual(['/b', '/a'].map((path) => ({ method: 'PATCH', path, body: { alert_percent: 50, reason: 'r' } })));
  });

  it('leaves alone what others did while the plan was open, and changes what is there by then', () => {
    const shown = [held('a', 'group', 1000)];
    const plan = planOf(shown, services);
    const now = [held('a', 'group', 3000), held('b', 'member', 200)];
    expect(said(plan, shown, now)).toEqual([]);
    expect(said({ ...plan, tokens: 2000, perMember: 300 }, shown, now)).toEqual([
      ['PATCH', '/a', '', 2000],
      ['PATCH', '/b', '', 300],
    ]);
  });

  it('sets back what a save that ended half-way had changed', () => {
    const shown = [held('a', 'group', 1000), held('b', 'member', 100)];
    const plan = planOf(shown, services);
    const sent = { ...plan, tokens: 2000, perMember: 3000 };
    const now = [held('a', 'group', 2000), held('b', 'member', 100)];
    expect(said({ ...sent, perMember: 1500 }, shown, now, [sent])).toEqual([['PATCH', '/b', '', 1500]]);
    expect(said(plan, shown, now, [sent])).toEqual([['PATCH', '/a', '', 1000]]);
  });

  it('lowers parts before the whole, and raises them after it', () => {
    const quotas = [
      held('a', 'group', 1000),
      held('b', 'member', 900),
      held('c', 'group', 900, 'claude'),
      held('g', 'group', 50, 'gemini'),
    ];
    const shares = { claude: 20, gemini: 80, ampcode: 0 };
    expect(said({ ...none, tokens: 500, perMember: 400, shares }, quotas)).toEqual([
      ['PATCH', '/c', '', 100],
      ['PATCH', '/b', '', 400],
      ['PATCH', '/a', '', 500],
      ['PATCH', '/g', '', 400],
      ['POST', '', 'group tokens ampcode', 0],
    ]);
  });
});

describe('oversell', () => {
  it('says how many times the members could use up the whole', () => {
    expect(oversell({ ...none, tokens: 1000, perMember: 200 }, 20)).toBe(4);
    expect(oversell({ ...none, tokens: 1000, perMember: 50 }, 20)).toBe(undefined);
    expect(oversell({ ...none, perMember: 50 }, 20)).toBe(undefined);
  });
});
