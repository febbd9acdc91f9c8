import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';

/**
 * A wire that can be cut. `drop`: what arrives is swallowed and nothing is answered, as by a firewall; `dropAnswers`: only
 * one way is cut, requests arrive and do their work; `refuse`: nobody listens; `reset`: connections are torn.
 */
export type WireMode = 'pass' | 'drop' | 'dropAnswers' | 'refuse' | 'reset';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export class FaultProxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket | undefined]>();
  #mode: WireMode = 'pass';
  #targets: readonly Target[];
  #next = 0;
  /** Every piece waits this long, in each direction. */
  delayMs = 0;
  connections = 0;
  /** Everything that went towards the target, a connection at a time, while somebody listens. */
  record: Buffer[][] | undefined;

  private constructor(server: Server, targets: readonly Target[]) {
    this.#server = server;
    this.#targets = targets;
  }

  static async open(targets: readonly Target[], host = '127.0.0.1'): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: false });
    const proxy = new FaultProxy(server, targets);
    server.on('connection', (socket) => proxy.#take(socket));
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get mode(): WireMode {
    return this.#mode;
  }

  aim(targets: readonly Target[]): void {
    this.#targets = targets;
  }

  /** Connections that are open keep their sockets: a cut wire tells nobody. Those that were cut are torn when it heals. */
  set(mode: WireMode): void {
    const before = this.#mode;
    this.#mode = mode;
    const heals = mode === 'pass' && before !== 'pass';
    if (heals || mode === 'reset' || mode === 'refuse') this.tear();
  }

  tear(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far?.destroy();
    }
    this.#pairs.clear();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.tear();
    await closed;
  }

  #take(near: Socket): void {
    this.connections += 1;
    near.on('error', () => undefined);
    if (this.#mode === 'refuse' || this.#mode === 'reset') {
      near.resetAndDestroy();
      return;
    }
    const target = this.#targets[this.#next++ % Math.max(1, this.#targets.length)];
    if (this.#mode === 'drop' || !target) {
      this.#remember(near, undefined);
      near.on('data', () => undefined);
      return;
    }
    const far = tcpConnect({ ...target, noDelay: true });
    near.setNoDelay(true);
    far.on('error', () => near.resetAndDestroy());
    this.#remember(near, far);
    const heard: Buffer[] = [];
    this.record?.push(heard);
    near.on('data', (piece) => {
      if (this.record) heard.push(piece);
    });
    this.#pump(near, far, () => this.#mode === 'drop');
    this.#pump(far, near, () => this.#mode === 'drop' || this.#mode === 'dropAnswers');
  }

  #remember(near: Socket, far: Socket | undefined): void {
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const gone = () => {
      this.#pairs.delete(pair);
      near.destroy();
      if (this.#mode !== 'drop') far?.destroy();
      else far?.destroySoon();
    };
    near.on('close', gone);
    far?.on('close', () => {
      // The end of a connection travels on the wire too: while it is cut, nobody hears of it.
      if (this.#mode === 'pass') gone();
    });
  }

  #pump(from: Socket, to: Socket, isCut: () => boolean): void {
    from.on('data', (piece) => {
      if (isCut()) return;
      const send = () => {
        if (to.destroyed || isCut()) return;
        if (!to.write(piece)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      };
      if (this.delayMs > 0) setTimeout(send, this.delayMs);
      else send();
    });
    from.on('end', () => {
      if (!isCut()) setTimeout(() => to.end(), this.delayMs);
    });
  }
}
