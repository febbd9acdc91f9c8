import type { ProbeAnswer } from '@aicarpool/shared-protocol';
import type { ProxyCheck } from '@aicarpool/shared-protocol/console';
import type { ProxyRow } from '../proxy-view.ts';
import type { Greeting } from './greet-proxy.ts';
import type { Place } from './locate-address.ts';

type Result = ProbeAnswer['result'];

/** What a node found out when it went through the proxy. */
export function checkOfNode(proxy: ProxyRow, result: Result, place: Place | undefined, successRate: number | null): ProxyCheck {
  if (!result.ok) {
    const failed = { connectivity: 'failed', problem: result.message, latency_ms: null } as const;
    return { ...nothing, ...failed, checked_by: 'node', success_rate: successRate };
  }
  const level = result.forwarding_headers && anonymityOf(result.forwarding_headers);
  const country = countryOf(proxy);
  return {
    checked_by: 'node',
    connectivity: 'ok',
    problem: null,
    latency_ms: result.response_time_ms,
    success_rate: successRate,
    anonymity_level: level,
    anonymity_test: level === null ? 'not_tested' : level === 'transparent' ? 'failed' : 'passed',
    exit_address: result.exit_address,
    exit_country: place?.country ?? null,
    geolocation_check: !place || !country ? 'not_tested' : place.country === country ? 'passed' : 'failed',
    // By how the kinds work: only with socks5 does the node look the name of the provider up itself.
    dns_leak_test: proxy.type === 'socks5' ? 'failed' : 'passed',
  };
}

/** What the control plane found out at the proxy's door. */
export function checkOfGreeting({ problem, latencyMs }: Greeting, successRate: number | null): ProxyCheck {
  const connectivity = problem === null ? 'ok' : 'failed';
  return { ...nothing, checked_by: 'control_plane', connectivity, problem, latency_ms: latencyMs, success_rate: successRate };
}

const nothing = {
  anonymity_level: null,
  anonymity_test: 'not_tested',
  exit_address: null,
  exit_country: null,
  geolocation_check: 'not_tested',
  dns_leak_test: 'not_tested',
} as const;

const namesTheCaller = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'x-client-ip', 'client-ip', 'true-client-ip'];

/** transparent: it tells who is behind it; anonymous: it says that it is a proxy; elite: neither. */
function anonymityOf(headers: readonly string[]): NonNullable<ProxyCheck['anonymity_level']> {
  if (headers.some((name) => namesTheCaller.includes(name))) return 'transparent';
  return headers.length > 0 ? 'anonymous' : 'elite';
}

/** Some write the code where the name of the country goes. */
function countryOf({ country, countryCode }: Pick<ProxyRow, 'country' | 'countryCode'>): string | undefined {
  return countryCode ?? (country?.length === 2 ? country.toUpperCase() : undefined);
}
