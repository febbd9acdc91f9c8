import type { Socket } from 'node:net';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { watchSocket } from '../used-sockets.ts';
import type { Counters } from './counters.ts';
import { openTunnel, type TunnelRules } from './open-tunnel.ts';
import { ProxyFailed } from './proxy-failed.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { targetOf } from './target.ts';

const roomWithinMs = 1_000;
const originsAtMost = 1_000;

export interface LineOptions extends TunnelRules {
  /** For the sockets behind the tunnel. */
  readonly pool: Omit<Pool.Options, 'connect' | 'connections' | 'pipelining'>;
  /** How many of the connections that a proxy may carry are this process's; absent: all. */
  readonly partOf?: ((connections: number) => number) | undefined;
}

/**
 * The connections through one proxy with certain settings, kept between requests, one pool for each origin. There are
 * never more than the proxy may carry; where an idle one is in the way of another origin, it goes.
 */
export class ProxyLine {
  readonly settings: ProxySettings;
  readonly counters: Counters;
  /** Requests that go through it now. */
  active = 0;
  readonly #options: LineOptions;
  readonly #most: number;
  readonly #pools = new Map<string, Pool>();
  readonly #wires = new Set<Socket>();
  readonly #waiting = new Set<() => void>();
  #dialling = 0;

  constructor(settings: ProxySettings, counters: Counters, options: LineOptions) {
    this.settings = settings;
    this.counters = counters;
    this.#options = options;
    this.#most = options.partOf?.(settings.maxConcurrent) ?? settings.maxConcurrent;
  }

  get isFull(): boolean {
    return this.active >= this.#most;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler, fresh: boolean): boolean {
    return this.#poolFor(String(options.origin), fresh).dispatch(options, handler);
  }

  /** Measures and proves the way to an origin without a request. Throws ProxyFailed. */
  async check(origin: string): Promise<void> {
    const startedAtMs = performance.now();
    const { wire } = await openTunnel(this.settings, targetOf(origin), this.#options);
    this.counters.measured(performance.now() - startedAtMs);
    wire.destroy();
  }

  /** Lets what runs finish. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#pools.values()].map((pool) => pool.close()));
  }

  async destroy(): Promise<void> {
    await Promise.allSettled([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  #poolFor(origin: string, fresh: boolean): Pool {
    const name = fresh ? `fresh ${origin}` : origin;
    const held = this.#pools.get(name);
    if (held) return held;
    const [oldest] = this.#pools.keys();
    if (oldest !== undefined && this.#pools.size >= originsAtMost) this.#letGo(oldest);
    const pool = new Pool(origin, {
      ...this.#options.pool,
      connections: this.#most,
      pipelining: fresh ? 0 : 1,
      connect: this.#connector(name, origin),
    });
    this.#pools.set(name, pool);
    return pool;
  }

  #connector(name: string, origin: string): buildConnector.connector {
    const target = targetOf(origin);
    const secure = buildConnector({ timeout: this.#options.connectTimeoutMs, allowH2: false });
    return (options, callback) => {
      this.#openWire(name, target).then(
        (tunnel) => {
          if (target.scheme === 'http:') return callback(null, watched(tunnel));
          return secure({ ...options, httpSocket: tunnel }, (...[error, socket]) => {
            if (!error) return callback(null, watched(socket));
            tunnel.destroy();
            return callback(error, null);
          });
        },
        (error: Error) => callback(error, null),
      );
    };
  }

  async #openWire(name: string, target: ReturnType<typeof targetOf>): Promise<Socket> {
    await this.#room(name);
    this.#dialling += 1;
    const startedAtMs = performance.now();
    try {
      const { socket, wire } = await openTunnel(this.settings, target, this.#options);
      this.#wires.add(wire);
      this.counters.connected(wire, performance.now() - startedAtMs);
      wire.once('close', () => {
        this.#wires.delete(wire);
        this.#wakeWaiting();
      });
      return socket;
    } finally {
      this.#dialling -= 1;
      this.#wakeWaiting();
    }
  }

  async #room(name: string): Promise<void> {
    const untilMs = performance.now() + roomWithinMs;
    while (this.#wires.size + this.#dialling >= this.#most) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) throw new ProxyFailed('full', 'UND_ERR_CONNECT_TIMEOUT', 'the proxy carries as much as it may');
      const idle = [...this.#pools].find(([other, pool]) => other !== name && pool.stats.free > 0);
      if (idle) this.#letGo(idle[0]);
      await new Promise<void>((resolve) => {
        const go = () => {
          clearTimeout(timer);
          this.#waiting.delete(go);
          resolve();
        };
        const timer = setTimeout(go, leftMs);
        this.#waiting.add(go);
      });
    }
  }

  /** Its idle sockets close now, the others with their last answer. */
  #letGo(name: string): void {
    const pool = this.#pools.get(name);
    this.#pools.delete(name);
    pool?.close().catch(() => undefined);
  }

  #wakeWaiting(): void {
    for (const go of [...this.#waiting]) go();
  }
}

function watched<T extends Socket>(socket: T): T {
  watchSocket(socket);
  return socket;
}
