import type { UpstreamEntry } from '../snapshot/snapshot.ts';
import { Account } from './account.ts';
import { Breaker } from './breaker.ts';

const accountsAtMost = 20_000;
const breakersAtMost = 5_000;

const endpointNames = new WeakMap<UpstreamEntry, string>();

/** Where requests of an account arrive; accounts of one service at one address fail together. Remembers: hot path. */
export function endpointOf(upstream: UpstreamEntry): string {
  const known = endpointNames.get(upstream);
  if (known !== undefined) return known;
  const name = `${upstream.serviceId} ${upstream.baseUrl}`;
  endpointNames.set(upstream, name);
  return name;
}

/** What is known within one group: thresholds are a group's own, and one group's trouble is not held against another's. */
export class GroupHealth {
  readonly accounts = new Map<string, { readonly account: Account; upstream: UpstreamEntry }>();
  readonly endpoints = new Map<string, Breaker>();
  /** By service: its provider says that it is overloaded. */
  readonly services = new Map<string, Breaker>();

  account(upstream: UpstreamEntry): Account {
    const known = this.accounts.get(upstream.id);
    if (known) {
      known.upstream = upstream;
      return known.account;
    }
    if (this.accounts.size >= accountsAtMost) dropFirst(this.accounts);
    const account = new Account();
    this.accounts.set(upstream.id, { account, upstream });
    return account;
  }

  endpoint(name: string): Breaker {
    return breakerIn(this.endpoints, name);
  }

  service(id: string): Breaker {
    return breakerIn(this.services, id);
  }

  /** Forgets accounts that are gone, and what no account that is left leads to. */
  keep(isLive: (upstreamId: string) => boolean): void {
    const endpoints = new Set<string>();
    const services = new Set<string>();
    for (const [id, { account, upstream }] of this.accounts) {
      if (!isLive(id) && account.active === 0) this.accounts.delete(id);
      else {
        endpoints.add(endpointOf(upstream));
        services.add(upstream.serviceId);
      }
    }
    for (const name of this.endpoints.keys()) if (!endpoints.has(name)) this.endpoints.delete(name);
    for (const id of this.services.keys()) if (!services.has(id)) this.services.delete(id);
  }
}

function breakerIn(breakers: Map<string, Breaker>, name: string): Breaker {
  const known = breakers.get(name);
  if (known) return known;
  if (breakers.size >= breakersAtMost) dropFirst(breakers);
  const breaker = new Breaker();
  breakers.set(name, breaker);
  return breaker;
}

function dropFirst(map: Map<string, unknown>): void {
  const [first] = map.keys();
  if (first !== undefined) map.delete(first);
}
