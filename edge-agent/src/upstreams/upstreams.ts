import type { Cidr } from '@aicarpool/shared-protocol';
import { Agent, type Dispatcher } from 'undici';
import type { Snapshot, UpstreamEntry } from '../snapshot/snapshot.ts';
import { findBaseUrl } from './base-url.ts';
import { checkedConnector } from './connect.ts';
import { type Leaving, Proxies, type ProxiesOptions } from './proxies/proxies.ts';
import { startSimulator } from './simulator/simulator.ts';

/** A way to an account: where its requests go and what carries them. */
export interface Road {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  /** What the base URL puts in front of the native path. */
  readonly basePath: string;
}

export interface UpstreamsOptions {
  /** Blocks beside the public internet that accounts may lie in. The node's own simulator needs no entry. */
  readonly allowed: readonly Cidr[];
  readonly connectTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  /** Sockets to one origin; what comes beyond waits for one. */
  readonly socketsPerOrigin?: number;
  /** The config, so that the sockets through a proxy close when it leaves the config. */
  readonly snapshots?: { pin(): Snapshot | undefined };
  readonly nowMs?: () => number;
  readonly random?: () => number;
  /** Where this node is, for the nearest proxy before anything is measured. */
  readonly location?: ProxiesOptions['location'];
  /** Of the connections that an outbound proxy may carry, where several processes use it. */
  readonly partOfProxy?: ProxiesOptions['partOf'];
}

/** A request on its way to an account: whose it is decides how it leaves. */
export interface Departure extends Leaving {
  readonly upstream: UpstreamEntry;
}

/** The node's own simulated provider, for the demo. */
export function isSimulator(upstream: UpstreamEntry): boolean {
  return upstream.baseUrl === 'simulator://local';
}

/** The sockets to all upstreams: kept open between requests, one pool per origin, HTTP/1.1, no redirects. */
export class Upstreams {
  /** The ways out other than the direct one. */
  readonly proxies: Proxies;
  readonly #kept: Agent;
  readonly #fresh: Agent;
  readonly #simulated: Agent;
  #simulator: ReturnType<typeof startSimulator> | undefined;

  constructor(options: UpstreamsOptions) {
    const connectTimeoutMs = options.connectTimeoutMs ?? 5_000;
    const settings = {
      headersTimeout: options.headersTimeoutMs ?? 300_000,
      bodyTimeout: options.idleTimeoutMs ?? 120_000,
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 300_000,
      maxHeaderSize: 64 * 1024,
      allowH2: false,
    };
    const connect = checkedConnector(options.allowed, connectTimeoutMs);
    const connections = options.socketsPerOrigin ?? 8192;
    this.#kept = new Agent({ ...settings, connections, connect });
    this.#fresh = new Agent({ ...settings, connections, connect, pipelining: 0 });
    this.#simulated = new Agent({ ...settings, connections });
    this.proxies = new Proxies({
      allowed: options.allowed,
      connectTimeoutMs,
      pool: settings,
      snapshots: options.snapshots ?? { pin: () => undefined },
      nowMs: options.nowMs ?? Date.now,
      random: options.random ?? Math.random,
      location: options.location,
      partOf: options.partOfProxy,
    });
  }

  /**
   * Undefined when the account's base URL is none that a request can go to. `fresh`: not on a socket used before.
   * Where a proxy is meant, the request goes through one or fails; its sockets are never the direct ones.
   */
  findRoad(departure: Departure, fresh = false): Road | undefined | Promise<Road> {
    const { upstream } = departure;
    if (isSimulator(upstream)) return this.#simulatedRoad();
    const base = findBaseUrl(upstream.baseUrl);
    if (!base) return undefined;
    const direct = fresh ? this.#fresh : this.#kept;
    const dispatcher = this.proxies.findWay(departure, base.origin, direct, fresh) ?? direct;
    return { dispatcher, origin: base.origin, basePath: base.path };
  }

  async close(): Promise<void> {
    const simulator = await this.#simulator?.catch(() => undefined);
    await Promise.all([
      this.proxies.close(),
      this.#kept.destroy(),
      this.#fresh.destroy(),
      this.#simulated.destroy(),
      simulator?.close(),
    ]);
  }

  async #simulatedRoad(): Promise<Road> {
    this.#simulator ??= startSimulator();
    return { dispatcher: this.#simulated, origin: (await this.#simulator).origin, basePath: '' };
  }
}
