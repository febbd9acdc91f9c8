import type { UserKey } from '@aicarpool/shared-protocol/console';
import { linesIn, numberIn } from '../../../lib/form-values.ts';
import { featuresIn } from '../feature-checks.tsx';

export const numbers = ['rate_limit_requests', 'rate_limit_window', 'tokens_per_minute', 'concurrency', 'token_limit'] as const;

/** The limits that a form asks for. An empty box is no limit. */
export function keyLimitsIn(fields: FormData) {
  const allowed = linesIn(fields, 'restricted_models');
  const addresses = linesIn(fields, 'ip_allowlist');
  return {
    token_limit: numberIn(fields, 'token_limit'),
    rate_limit_requests: numberIn(fields, 'rate_limit_requests'),
    rate_limit_window: numberIn(fields, 'rate_limit_window'),
    tokens_per_minute: numberIn(fields, 'tokens_per_minute'),
    concurrency: numberIn(fields, 'concurrency'),
    enable_model_restriction: allowed.length > 0,
    restricted_models: allowed.length > 0 ? allowed : null,
    denied_models: linesIn(fields, 'denied_models'),
    denied_features: featuresIn(fields),
    ip_allowlist: addresses.length > 0 ? addresses : null,
  };
}

export type KeyLimitName = 'token_limit' | 'requests' | 'tokens_per_minute' | 'concurrency' | 'models' | 'features' | 'addresses';

/** Which limits a key has. */
export function limitsOf(key: UserKey): KeyLimitName[] {
  const has: Record<KeyLimitName, boolean> = {
    token_limit: key.token_limit !== null,
    requests: key.rate_limit_requests !== null,
    tokens_per_minute: key.tokens_per_minute !== null,
    concurrency: key.concurrency !== null,
    models: key.enable_model_restriction || key.denied_models.length > 0,
    features: key.denied_features.length > 0,
    addresses: key.ip_allowlist !== null,
  };
  return (Object.keys(has) as KeyLimitName[]).filter((name) => has[name]);
}
