import { type HoldRefusal, nanoUsdToUsd, type QuotaResource, type QuotaUnit, type Refusal } from '@aicarpool/shared-protocol';
import { affordableOutput } from '../estimate/estimate.ts';
import type { Claim } from './attempt-quota.ts';
import { sayInstant } from './say-instant.ts';

export type DryCode = Extract<Refusal['code'], `quota_${string}`>;

export interface Wording {
  readonly code: DryCode;
  readonly claim: Claim;
  readonly refusal: HoldRefusal;
  readonly timeZone: string;
  readonly nowMs: number;
}

/** The reason in the words of callers. `others`: what requests under way here hold of the same window. */
export function codeOf({ reason, fits }: HoldRefusal, amount: number, others: number): DryCode {
  if (reason === 'unreachable' || reason === 'unknown' || reason === 'fenced') return 'quota_unreachable';
  if (reason === 'in_flight') return 'quota_in_flight';
  if (reason === 'exceeded' && others > 0 && amount <= fits + others) return 'quota_in_flight';
  return reason === 'too_small' || fits > 0 ? 'quota_too_small' : 'quota_exceeded';
}

const owners: Readonly<Record<QuotaResource['of'], string>> = {
  group: 'this group',
  member: 'each member of this group',
  key: 'this API key',
};
const spans: Readonly<Record<QuotaResource['window'], string>> = { day: 'a day', month: 'a month', total: 'in all' };

/** Which budget, how much of it is used, when it begins anew, and what would still fit. */
export function wordRefusal({ code, claim, refusal, timeZone, nowMs }: Wording): Refusal {
  const { rule, amount } = claim;
  const { limit, fits: reach, endsAtMs: resetsAtMs } = refusal;
  const used = amount > limit && reach === 0 ? null : Math.max(0, limit - reach);
  const budget = `${owners[rule.of]} may use ${say(rule.unit, limit)} ${spans[rule.window]}${ofService(rule)}`;
  const affordable =
    code === 'quota_too_small' ? affordableOutput(rule.unit, claim.estimate, used === null ? limit : reach) : null;
  const sentences = [
    budget,
    why(code, rule.unit, { reach, amount, limit }),
    fits(affordable, claim),
    begins(resetsAtMs, timeZone),
  ];
  const untilReset = resetsAtMs === null ? undefined : Math.max(1, Math.ceil((resetsAtMs - nowMs) / 1000));
  const waitS = retries[code] ?? (code === 'quota_exceeded' ? untilReset : undefined);
  return {
    code,
    message: sentences.filter((one) => one !== '').join('; '),
    ...(waitS === undefined ? {} : { retryAfterSeconds: waitS }),
    quota: {
      id: rule.id,
      of: rule.of,
      service: rule.service,
      unit: rule.unit,
      window: rule.window,
      limit,
      used,
      needed: amount,
      resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
      affordable_max_tokens: affordable,
    },
  };
}

const retries: Readonly<Partial<Record<DryCode, number>>> = { quota_in_flight: 2, quota_unreachable: 5 };

interface Figures {
  readonly reach: number;
  readonly amount: number;
  readonly limit: number;
}

function why(code: DryCode, unit: QuotaUnit, { reach, amount, limit }: Figures): string {
  if (code === 'quota_exceeded') return limit === 0 ? 'that is nothing' : 'all of it is used';
  if (code === 'quota_in_flight') return 'requests under way hold the rest of it; try again in a moment';
  if (code === 'quota_unreachable') return 'what is left of it cannot be had while the control plane is away; try again';
  if (amount > limit) return `this request alone may need ${say(unit, amount)}`;
  return `${say(unit, reach)} are left, and this request may need ${say(unit, amount)}`;
}

function fits(affordable: number | null, { estimate }: Claim): string {
  if (affordable === null || affordable >= estimate.outputTokens) return '';
  return `with max_tokens of at most ${affordable} it would fit`;
}

function begins(resetsAtMs: number | null, timeZone: string): string {
  return resetsAtMs === null ? '' : `it begins anew at ${sayInstant(resetsAtMs, timeZone)}`;
}

function ofService({ service }: QuotaResource): string {
  return service === null ? '' : ` of ${service}`;
}

function say(unit: QuotaUnit, amount: number): string {
  if (unit === 'tokens') return `${amount.toLocaleString('en-US')} tokens`;
  const usd = nanoUsdToUsd(amount);
  return `$${usd < 0.01 && usd > 0 ? usd.toPrecision(2) : usd.toFixed(usd < 1 ? 4 : 2)}`;
}
