import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What went over one connection between a client and the node. */
interface Line {
  readonly up: Buffer[];
  readonly down: Buffer[];
}

export interface Tap {
  readonly origin: string;
  /** Everything the clients sent, connection by connection. */
  sent(): Buffer[];
  /** Everything the node answered, connection by connection. */
  answered(): Buffer[];
  /** Resolves once the node has let go of these words; how long that took from now. Rejects at the deadline. */
  waitForAnswered(words: string, timeoutMs: number): Promise<number>;
  close(): Promise<void>;
}

/** Stands between a client and the node and listens, changing nothing. */
export async function startTap(nodePort: number): Promise<Tap> {
  const lines: Line[] = [];
  const sockets = new Set<Socket>();
  const listeners = new Set<() => void>();
  const server = createServer({ noDelay: true }, (client) => {
    const line: Line = { up: [], down: [] };
    lines.push(line);
    const node = connect({ port: nodePort, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, node]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        node.destroy();
      });
    }
    client.on('data', (part: Buffer) => {
      line.up.push(part);
      node.write(part);
    });
    node.on('data', (part: Buffer) => {
      line.down.push(part);
      client.write(part);
      for (const listener of listeners) listener();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answered = () => lines.map(({ down }) => Buffer.concat(down));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => lines.map(({ up }) => Buffer.concat(up)),
    answered,
    waitForAnswered: (words, timeoutMs) => {
      const startedAt = performance.now();
      return new Promise((resolve, reject) => {
        const look = () => {
          if (!answered().some((bytes) => bytes.includes(words))) return;
          clearTimeout(timer);
          listeners.delete(look);
          resolve(performance.now() - startedAt);
        };
        const timer = setTimeout(() => {
          listeners.delete(look);
          reject(new Error(`"${words}" was sent by the provider and did not leave the node within ${timeoutMs} ms`));
        }, timeoutMs);
        listeners.add(look);
        look();
      });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
