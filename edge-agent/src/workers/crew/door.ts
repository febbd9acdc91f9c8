import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

/** Whoever serves connections. */
export interface Taker {
  /** Connections that it has open, as far as this process knows. */
  readonly connections: number;
  give(socket: Socket): void;
}

const waitingAtMost = 1_000;
const waitAtMostMs = 10_000;
const backlog = 1_024;

/**
 * The port of a node with workers. Each connection goes to the worker that has the fewest open, so that a few of them,
 * kept open for long, spread as evenly as many do, and a worker that was replaced gets its share soon. While no worker
 * serves, connections wait.
 */
export class Door {
  readonly #takers: () => readonly Taker[];
  readonly #server: Server;
  readonly #waiting = new Map<Socket, NodeJS.Timeout>();
  #turn = 0;

  constructor(takers: () => readonly Taker[]) {
    this.#takers = takers;
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#come(socket));
  }

  /** Gives the port. Rejects with the error of `listen`. */
  async open(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog }, () => resolve());
    });
    this.#server.on('error', () => undefined);
    return (this.#server.address() as AddressInfo).port;
  }

  /** Somebody can take connections again. */
  deal(): void {
    for (const [socket, timer] of this.#waiting) {
      const taker = this.#next();
      if (!taker) return;
      clearTimeout(timer);
      this.#waiting.delete(socket);
      if (!socket.destroyed) taker.give(socket);
    }
  }

  close(): void {
    this.#server.close();
    for (const [socket, timer] of this.#waiting) {
      clearTimeout(timer);
      socket.destroy();
    }
    this.#waiting.clear();
  }

  #come(socket: Socket): void {
    socket.on('error', () => undefined);
    const taker = this.#next();
    if (taker) taker.give(socket);
    else if (this.#waiting.size >= waitingAtMost) socket.destroy();
    else
      this.#waiting.set(
        socket,
        setTimeout(() => this.#giveUp(socket), waitAtMostMs),
      );
  }

  #giveUp(socket: Socket): void {
    this.#waiting.delete(socket);
    socket.destroy();
  }

  /** The one with the fewest; of equals in turn. */
  #next(): Taker | undefined {
    const takers = this.#takers();
    this.#turn += 1;
    let best: Taker | undefined;
    for (let at = 0; at < takers.length; at += 1) {
      const taker = takers[(at + this.#turn) % takers.length];
      if (taker && (!best || taker.connections < best.connections)) best = taker;
    }
    return best;
  }
}
