import type { Quota } from '@aicarpool/shared-protocol/console';
import type { QuotaCall } from '../quotas/use-quotas.ts';

/** What a manager plans for a month. Tokens and USD; null: no limit. */
export interface BudgetPlan {
  readonly tokens: number | null;
  readonly perMember: number | null;
  readonly usd: number | null;
  readonly alertPercent: number;
  /** Percent of the tokens of each service, together 100; null: they are not divided; own: some have a limit, which stays. */
  readonly shares: Readonly<Record<string, number>> | null | 'own';
}

type Held = Pick<Quota, 'id' | 'of' | 'subject' | 'service_name' | 'unit' | 'window' | 'limit' | 'alert_percent'>;

const isMonthly = (quota: Held) => quota.window === 'month' && quota.subject === null;

function find(quotas: readonly Held[], of: Quota['of'], unit: Quota['unit'], service: string | null = null): Held | undefined {
  return quotas.find((quota) => isMonthly(quota) && quota.of === of && quota.unit === unit && quota.service_name === service);
}

/** The plan that the quotas of a group make up now. */
export function planOf(quotas: readonly Held[], services: readonly string[]): BudgetPlan {
  const whole = find(quotas, 'group', 'tokens');
  const parts = services.map((service) => [service, find(quotas, 'group', 'tokens', service)?.limit] as const);
  const isDivided = parts.length > 0 && parts.every(([, limit]) => limit !== undefined);
  const isMixed = parts.some(([, limit]) => limit !== undefined);
  return {
    tokens: whole?.limit ?? null,
    perMember: find(quotas, 'member', 'tokens')?.limit ?? null,
    usd: find(quotas, 'group', 'usd')?.limit ?? null,
    alertPercent: whole?.alert_percent ?? find(quotas, 'group', 'usd')?.alert_percent ?? 80,
    shares: isDivided ? sharesOf(parts) : isMixed ? 'own' : null,
  };
}

function sharesOf(parts: readonly (readonly [string, number | undefined])[]): Record<string, number> {
  const sum = parts.reduce((total, [, limit = 0]) => total + limit, 0);
  const percentOf = (limit: number) => (sum === 0 ? 100 / parts.length : (limit / sum) * 100);
  return settled(Object.fromEntries(parts.map(([service, limit = 0]) => [service, Math.floor(percentOf(limit))])));
}

/** Equal shares. */
export function evenShares(services: readonly string[]): Record<string, number> {
  return settled(Object.fromEntries(services.map((service) => [service, Math.floor(100 / services.length)])));
}

/** The shares after one was moved: the others share the rest as they did before. */
export function moveShare(shares: Readonly<Record<string, number>>, name: string, percent: number): Record<string, number> {
  const others = Object.entries(shares).filter(([other]) => other !== name);
  if (others.length === 0) return { [name]: 100 };
  const rest = 100 - percent;
  const sum = others.reduce((total, [, share]) => total + share, 0);
  const moved = others.map(
    ([other, share]) => [other, Math.floor(sum === 0 ? rest / others.length : (share / sum) * rest)] as const,
  );
  return settled({ ...shares, [name]: percent, ...Object.fromEntries(moved) }, name);
}

/** What rounding left over goes to the first that is not `kept`. */
function settled(shares: Readonly<Record<string, number>>, kept?: string): Record<string, number> {
  const rest = 100 - Object.values(shares).reduce((total, share) => total + share, 0);
  const [taker] = Object.keys(shares).filter((name) => name !== kept);
  return taker === undefined ? { ...shares } : { ...shares, [taker]: (shares[taker] ?? 0) + rest };
}

/** How many times the tokens would be used if every member used up his own; undefined: it cannot be said, or not more than once. */
export function oversell({ tokens, perMember }: BudgetPlan, members: number): number | undefined {
  if (tokens === null || tokens === 0 || perMember === null) return undefined;
  const times = (perMember * members) / tokens;
  return times > 1 ? Math.round(times * 10) / 10 : undefined;
}

interface Wish {
  readonly of: Quota['of'];
  readonly unit: Quota['unit'];
  readonly service: string | null;
  readonly limit: number | null;
  /** Nobody changed it in the form: what others make of it meanwhile stays. */
  readonly isKept: boolean;
}

/**
 * The calls that make the plan so: of what was changed since `earlier`, the plan as it was shown first and those that
 * were sent in vain. What becomes less comes first and what becomes more last, so that at no time a part is more than
 * the whole.
 */
export function callsOf(
  plan: BudgetPlan,
  earlier: readonly BudgetPlan[],
  quotas: readonly Held[],
  services: readonly string[],
  reason: string,
): QuotaCall[] {
  const wish = (of: Quota['of'], unit: Quota['unit'], name: 'tokens' | 'perMember' | 'usd'): Wish => ({
    ...{ of, unit, service: null, limit: plan[name] },
    isKept: earlier.every((one) => one[name] === plan[name]),
  });
  const parts = [...partsOf(plan, earlier, services), wish('member', 'tokens', 'perMember')];
  const wholes = [wish('group', 'tokens', 'tokens'), wish('group', 'usd', 'usd')];
  const grows = ({ of, unit, service, limit }: Wish) => limit !== null && limit > (find(quotas, of, unit, service)?.limit ?? -1);
  const ordered = [...parts.filter((one) => !grows(one)), ...wholes, ...parts.filter(grows)];
  const alert = { percent: plan.alertPercent, isKept: earlier.every((one) => one.alertPercent === plan.alertPercent) };
  return ordered.flatMap((one) => callOf(one, find(quotas, one.of, one.unit, one.service), alert, reason) ?? []);
}

/** The limits of services: none where nobody changed what they come from, so that rounding changes none. */
function partsOf({ tokens, shares }: BudgetPlan, earlier: readonly BudgetPlan[], services: readonly string[]): Wish[] {
  const isSame = (one: BudgetPlan) => JSON.stringify(one.shares) === JSON.stringify(shares) && one.tokens === tokens;
  if (shares === 'own' || earlier.every(isSame)) return [];
  return services.map((service) => {
    const limit = tokens === null || shares === null ? null : Math.floor((tokens * (shares[service] ?? 0)) / 100);
    return { of: 'group', unit: 'tokens', service, limit, isKept: false };
  });
}

interface AlertWish {
  readonly percent: number;
  readonly isKept: boolean;
}

function callOf(
  { of, unit, service, limit, isKept }: Wish,
  held: Held | undefined,
  alert: AlertWish,
  reason: string,
): QuotaCall | undefined {
  if (!held) {
    if (isKept || limit === null) return undefined;
    const terms = { limit, alert_percent: alert.percent, reason };
    return { method: 'POST', path: '', body: { of, unit, window: 'month', service_name: service, ...terms } };
  }
  if (limit === null && !isKept) return { method: 'DELETE', path: `/${held.id}` };
  const changes = {
    ...(isKept || limit === null || limit === held.limit ? {} : { limit }),
    ...(alert.isKept || alert.percent === held.alert_percent ? {} : { alert_percent: alert.percent }),
  };
  if (Object.keys(changes).length === 0) return undefined;
  return { method: 'PATCH', path: `/${held.id}`, body: { ...changes, reason } };
}
