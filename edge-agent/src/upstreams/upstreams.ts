import type { Cidr } from '@aicarpool/shared-protocol';
import { Agent, type Dispatcher } from 'undici';
import { startSimulator } from '../simulator/simulator.ts';
import type { UpstreamEntry } from '../snapshot/snapshot.ts';
import { findBaseUrl } from './base-url.ts';
import { checkedConnector } from './connect.ts';

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
}

/** The node's own simulated provider, for the demo. */
export function isSimulator(upstream: UpstreamEntry): boolean {
  return upstream.baseUrl === 'simulator://local';
}

/** The sockets to all upstreams: kept open between requests, one pool per origin, HTTP/1.1, no redirects. */
export class Upstreams {
  readonly #kept: Agent;
  readonly #fresh: Agent;
  readonly #simulated: Agent;
  #simulator: ReturnType<typeof startSimulator> | undefined;

  constructor(options: UpstreamsOptions) {
    const settings = {
      connections: options.socketsPerOrigin ?? 4096,
      headersTimeout: options.headersTimeoutMs ?? 300_000,
      bodyTimeout: options.idleTimeoutMs ?? 120_000,
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 300_000,
      maxHeaderSize: 64 * 1024,
      allowH2: false,
    };
    const connect = checkedConnector(options.allowed, options.connectTimeoutMs ?? 5_000);
    this.#kept = new Agent({ ...settings, connect });
    this.#fresh = new Agent({ ...settings, connect, pipelining: 0 });
    this.#simulated = new Agent(settings);
  }

  /** Undefined when the account's base URL is none that a request can go to. `fresh`: not on a socket used before. */
  async findRoad(upstream: UpstreamEntry, fresh = false): Promise<Road | undefined> {
    if (isSimulator(upstream)) return this.#simulatedRoad();
    const base = findBaseUrl(upstream.baseUrl);
    return base && { dispatcher: fresh ? this.#fresh : this.#kept, origin: base.origin, basePath: base.path };
  }

  async close(): Promise<void> {
    const simulator = await this.#simulator?.catch(() => undefined);
    await Promise.all([this.#kept.destroy(), this.#fresh.destroy(), this.#simulated.destroy(), simulator?.close()]);
  }

  async #simulatedRoad(): Promise<Road> {
    this.#simulator ??= startSimulator();
    return { dispatcher: this.#simulated, origin: (await this.#simulator).origin, basePath: '' };
  }
}
