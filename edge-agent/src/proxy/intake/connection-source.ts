import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Connections that another process accepted: it has the port, and several processes serve what comes there. */
export interface ConnectionSource {
  readonly host: string;
  readonly port: number;
  /** Gives every connection from now on, unread. */
  start(take: (socket: Socket) => void): void;
}

/** The connections of a server that listens on no port itself, so that it can tell when the last one is gone. */
export class GivenConnections {
  readonly #open = new Set<Socket>();
  #onEmpty: (() => void) | undefined;

  /** Hands everything that comes to the server, with what a listening server does for a connection. */
  serve(server: Server, source: ConnectionSource): void {
    // Node begins to watch the time that headers and bodies take when a server listens.
    server.emit('listening');
    source.start((socket) => {
      if (this.#open.size >= server.maxConnections) {
        socket.destroy();
        return;
      }
      this.#open.add(socket);
      socket.once('close', () => this.#gone(socket));
      socket.setNoDelay(true);
      server.emit('connection', socket);
    });
  }

  /** Resolves when none is open. */
  empty(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #gone(socket: Socket): void {
    this.#open.delete(socket);
    if (this.#open.size === 0) this.#onEmpty?.();
  }
}
