import type { ProxyHealth } from '@aicarpool/shared-protocol';
import { Dispatcher } from 'undici';
import type { GroupEntry, ProxyEntry, ServiceRoute, Snapshot, UpstreamEntry } from '../../snapshot/snapshot.ts';
import { Counters } from './counters.ts';
import { type Choice, orderProxies } from './order-proxies.ts';
import { ProxyFailed } from './proxy-failed.ts';
import { type LineOptions, ProxyLine } from './proxy-line.ts';
import { findSettings, type ProxySettings } from './proxy-settings.ts';
import { type Rider, TryProxies, type Ways, type Witness } from './try-proxies.ts';
import { type Change, WellBeing } from './well-being.ts';

/** Whose request leaves, and for which account. */
export interface Leaving {
  readonly upstream: Pick<UpstreamEntry, 'proxyId'>;
  readonly route: Pick<ServiceRoute, 'proxyEnabled'>;
  readonly group: Pick<GroupEntry, 'id' | 'egress' | 'findProxy'>;
  readonly userId: string;
}

/** A proxy stopped or began to be used by this node. */
export interface ProxyNews extends Change {
  readonly groupId: string;
  readonly proxyId: string;
  readonly atMs: number;
}

export interface ProxiesOptions extends LineOptions {
  readonly snapshots: { pin(): Snapshot | undefined };
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Of this node, for the nearest proxy before anything is measured. */
  readonly location?: NonNullable<ProxyEntry['location']> | undefined;
}

interface Line extends Choice {
  readonly line: ProxyLine;
  readonly being: WellBeing;
  readonly groups: Set<string>;
  origin: string;
  checking: boolean;
  checkedAtMs: number;
}

const triesAtMost = 4;
const tickEveryMs = 1_000;
const measureEveryMs = 300_000;
const newsAtMost = 500;
const stickyAtMost = 100_000;

/** Every way out of this node but the direct one: which proxy a request takes, how each does, and its connections. */
export class Proxies implements Witness {
  readonly #options: ProxiesOptions;
  readonly #lines = new Map<string, Line>();
  readonly #counters = new Map<string, Counters>();
  readonly #turns = new Map<string, number>();
  readonly #before = new Map<string, string>();
  readonly #closing = new Set<ProxyLine>();
  readonly #timer: NodeJS.Timeout;
  #news: ProxyNews[] = [];

  constructor(options: ProxiesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.tick(), tickEveryMs).unref();
  }

  /** Undefined: the request leaves directly. Else what carries it; it gives `ProxyNone` where nothing can. */
  findWay(leaving: Leaving, origin: string, direct: Dispatcher, fresh: boolean): Dispatcher | undefined {
    const { upstream, route, group, userId } = leaving;
    const rider = { groupId: group.id, userId };
    if (upstream.proxyId !== null) {
      const own = this.#linesOf([upstream.proxyId], group, origin).filter(isReady);
      return new ProxyWay({ lines: own.map(({ line }) => line), direct: undefined, fresh, rider }, this);
    }
    const { egress } = group;
    if (!route.proxyEnabled || !egress) return undefined;
    const bound = egress.members[userId];
    if (bound === undefined && egress.proxies.length === 0 && egress.direct_fallback) return undefined;
    const ready = this.#linesOf(egress.proxies, group, origin).filter(isReady);
    const member = `${group.id}|${userId}`;
    const before = this.#before.get(member);
    const asker = { userId, turn: this.#turn(group.id), random: this.#options.random, location: this.#options.location, before };
    const own = bound === undefined ? [] : this.#linesOf([bound], group, origin).filter(isReady);
    const others = orderProxies(ready, egress, asker).filter(({ id }) => id !== bound);
    const lines = [...own, ...others].slice(0, triesAtMost);
    return new ProxyWay(
      { lines: lines.map(({ line }) => line), direct: egress.direct_fallback ? direct : undefined, fresh, rider },
      this,
    );
  }

  /** The connections through one proxy of a group; undefined: there is none, or its password does not open. */
  findLine(group: Leaving['group'], proxyId: string, origin: string): ProxyLine | undefined {
    return this.#linesOf([proxyId], group, origin)[0]?.line;
  }

  health(): Record<string, ProxyHealth> {
    const nowMs = this.#options.nowMs();
    const ill = new Set([...this.#lines.values()].filter(({ being }) => !being.isWell).map(({ id }) => id));
    const health = [...this.#counters].map(
      ([id, counters]) => [id, counters.health(ill.has(id) ? 'unhealthy' : 'healthy', nowMs)] as const,
    );
    return Object.fromEntries(health);
  }

  /** What happened since the last call, oldest first. */
  drainNews(): ProxyNews[] {
    const news = this.#news;
    this.#news = [];
    return news;
  }

  began({ counters }: ProxyLine, { groupId, userId }: Rider): void {
    counters.requestBegan(groupId, userId, this.#options.nowMs());
  }

  broke({ counters }: ProxyLine, { groupId }: Rider): void {
    counters.requestFailed(groupId);
  }

  failed(line: ProxyLine, { groupId }: Rider, error: Error): void {
    line.counters.requestFailed(groupId);
    const held = this.#lines.get(line.settings.print);
    if (held) this.#tell(held, held.being.failed(error, this.#options.nowMs()));
  }

  connected(line: ProxyLine, { groupId, userId }: Rider): void {
    const held = this.#lines.get(line.settings.print);
    if (held) this.#tell(held, held.being.connected());
    const member = `${groupId}|${userId}`;
    this.#before.delete(member);
    if (this.#before.size >= stickyAtMost) this.#before.clear();
    this.#before.set(member, line.settings.id);
  }

  /** Forgets proxies that left the config; checks those that are out, and measures those that nobody used for a while. */
  tick(): void {
    const snapshot = this.#options.snapshots.pin();
    const nowMs = this.#options.nowMs();
    for (const [print, held] of this.#lines) {
      if (snapshot && !isConfigured(held, snapshot)) this.#retire(print, held);
      else if (!held.checking && isDue(held, nowMs)) void this.#check(held);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const open = [...this.#closing, ...[...this.#lines.values()].map(({ line }) => line)];
    await Promise.all(open.map((line) => line.destroy()));
  }

  #linesOf(ids: readonly string[], group: Leaving['group'], origin: string): Line[] {
    return ids.flatMap((id) => {
      const entry = group.findProxy(id);
      const settings = entry && findSettings(entry);
      if (!settings) return [];
      const held = this.#lines.get(settings.print) ?? this.#open(settings, origin);
      held.groups.add(group.id);
      held.origin = origin;
      return [held];
    });
  }

  #open(settings: ProxySettings, origin: string): Line {
    const counters = this.#counters.get(settings.id) ?? new Counters();
    this.#counters.set(settings.id, counters);
    const held: Line = {
      id: settings.id,
      location: settings.location,
      get latencyMs() {
        return counters.latencyMs;
      },
      line: new ProxyLine(settings, counters, this.#options),
      being: new WellBeing(),
      groups: new Set(),
      origin,
      checking: false,
      checkedAtMs: Number.NEGATIVE_INFINITY,
    };
    this.#lines.set(settings.print, held);
    return held;
  }

  #retire(print: string, { line, id }: Line): void {
    this.#lines.delete(print);
    this.#closing.add(line);
    void line.close().finally(() => this.#closing.delete(line));
    const isLast = ![...this.#lines.values()].some((other) => other.id === id);
    if (isLast) this.#counters.delete(id);
  }

  async #check(held: Line): Promise<void> {
    held.checking = true;
    held.checkedAtMs = this.#options.nowMs();
    try {
      await held.line.check(held.origin);
      this.#tell(held, held.being.connected());
    } catch (error) {
      const nowMs = this.#options.nowMs();
      if (!held.being.isWell) held.being.checkFailed(nowMs);
      else if (error instanceof ProxyFailed && error.blame !== 'target') this.#tell(held, held.being.failed(error, nowMs));
    } finally {
      held.checking = false;
    }
  }

  #turn(groupId: string): number {
    const turn = this.#turns.get(groupId) ?? 0;
    this.#turns.set(groupId, (turn + 1) % Number.MAX_SAFE_INTEGER);
    return turn;
  }

  #tell({ id, groups }: Line, change: Change | undefined): void {
    if (!change) return;
    const atMs = this.#options.nowMs();
    for (const groupId of groups) this.#news.push({ ...change, groupId, proxyId: id, atMs });
    this.#news = this.#news.slice(-newsAtMost);
  }
}

function isReady({ being, line }: Line): boolean {
  return being.isWell && !line.isFull;
}

function isDue({ being, checkedAtMs, latencyMs }: Line, nowMs: number): boolean {
  if (being.checkAtMs !== undefined) return nowMs >= being.checkAtMs;
  return nowMs - checkedAtMs >= (latencyMs === null ? 10_000 : measureEveryMs);
}

function isConfigured({ id, line, groups }: Line, snapshot: Snapshot): boolean {
  for (const groupId of groups) {
    const entry = snapshot.findGroup(groupId)?.findProxy(id);
    if (!entry || findSettings(entry)?.print !== line.settings.print) groups.delete(groupId);
  }
  return groups.size > 0;
}

/** Carries requests through proxies, one after the other. Nothing is left to close: the lines belong to `Proxies`. */
class ProxyWay extends Dispatcher {
  readonly #ways: Ways;
  readonly #witness: Witness;

  constructor(ways: Ways, witness: Witness) {
    super();
    this.#ways = ways;
    this.#witness = witness;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    new TryProxies(this.#ways, this.#witness, options, handler).next();
    return true;
  }
}
