import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { ProxyEntry } from '../../src/snapshot/snapshot.ts';

export interface SmallProxy {
  readonly port: number;
  /** What clients asked to be connected to, as they named it. */
  readonly asked: string[];
  /** Connections that are open to it now. */
  readonly open: Set<Socket>;
  /** As a process that is killed: open connections break, nobody listens any more. */
  kill(): Promise<void>;
  entry(id: string, more?: Partial<ProxyEntry>): ProxyEntry;
}

export interface SmallProxyOptions {
  readonly kind?: 'socks5' | 'http';
  readonly login?: { readonly username: string; readonly password: string };
  readonly port?: number;
  /** Answers the request for a connection so, instead of making one. */
  readonly refuse?: number;
  /** Takes connections and says nothing. */
  readonly silent?: boolean;
  /** Where a name leads; names that are not here are dialled as they are. */
  readonly names?: Readonly<Record<string, string>>;
}

/** A proxy of a few lines that does what it is told, beside the real ones of Debian. */
export async function smallProxy(options: SmallProxyOptions = {}): Promise<SmallProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const dial = (host: string, port: number) => {
    asked.push(`${host}:${port}`);
    return connect({ host: options.names?.[host] ?? host, port });
  };
  const server = options.kind === 'http' ? httpProxy(options, dial) : socksProxy(options, dial);
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    asked,
    open,
    kill: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.resetAndDestroy();
      }),
    entry: (id, more) => proxyEntry(id, { type: options.kind ?? 'socks5', port, ...login(options), ...more }),
  };
}

export function proxyEntry(id: string, more: Partial<ProxyEntry>): ProxyEntry {
  return {
    id,
    type: 'socks5',
    host: '127.0.0.1',
    port: 1080,
    username: null,
    password: () => null,
    maxConcurrent: 100,
    location: null,
    ...more,
  };
}

function login({ login }: SmallProxyOptions): Partial<ProxyEntry> {
  return login ? { username: login.username, password: () => login.password } : {};
}

type Dial = (host: string, port: number) => Socket;

function join(a: Socket, b: Socket): void {
  a.on('error', () => b.destroy());
  b.on('error', () => a.destroy());
  a.on('close', () => b.destroy());
  b.on('close', () => a.destroy());
  a.pipe(b).pipe(a);
}

function httpProxy({ login, refuse, silent }: SmallProxyOptions, dial: Dial): Server {
  const server = createHttpServer();
  const expected = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => undefined);
    if (silent) return;
    if (expected && request.headers['proxy-authorization'] !== expected) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n');
      return;
    }
    if (refuse) {
      socket.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
      return;
    }
    const url = new URL(`http://${request.url}`);
    const far = dial(url.hostname, Number(url.port || 80));
    far.once('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    far.once('connect', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      join(socket, far);
    });
  });
  return server;
}

function socksProxy(options: SmallProxyOptions, dial: Dial): Server {
  return createServer((socket) => {
    if (!options.silent) void speakSocks(socket, options, dial).catch(() => socket.destroy());
  });
}

async function speakSocks(socket: Socket, { login, refuse }: SmallProxyOptions, dial: Dial): Promise<void> {
  const read = reader(socket);
  const [, methods = 0] = await read(2);
  const offered = await read(methods);
  const method = login ? 2 : 0;
  if (!offered.includes(method)) {
    socket.end(Buffer.from([5, 0xff]));
    return;
  }
  socket.write(Buffer.from([5, method]));
  if (login) {
    const username = await read((await read(2))[1] ?? 0);
    const password = await read((await read(1))[0] ?? 0);
    const fits = username.toString() === login.username && password.toString() === login.password;
    socket.write(Buffer.from([1, fits ? 0 : 1]));
    if (!fits) return void socket.end();
  }
  const [, , , kind] = await read(4);
  const host =
    kind === 1
      ? [...(await read(4))].join('.')
      : kind === 3
        ? (await read((await read(1))[0] ?? 0)).toString()
        : v6(await read(16));
  const port = (await read(2)).readUInt16BE();
  const answer = (code: number) => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
  if (refuse) return void socket.end(answer(refuse));
  const far = dial(host, port);
  far.once('error', () => socket.end(answer(5)));
  far.once('connect', () => {
    socket.write(answer(0));
    join(socket, far);
  });
}

function v6(bytes: Buffer): string {
  return [0, 2, 4, 6, 8, 10, 12, 14].map((at) => bytes.readUInt16BE(at).toString(16)).join(':');
}

function reader(socket: Socket): (length: number) => Promise<Buffer> {
  return async (length) => {
    for (;;) {
      const chunk = length === 0 ? Buffer.alloc(0) : (socket.read(length) as Buffer | null);
      if (chunk) return chunk;
      if (socket.destroyed || socket.readableEnded) throw new Error('left');
      await new Promise<void>((resolve) => {
        const go = () => {
          socket.off('readable', go);
          socket.off('close', go);
          resolve();
        };
        socket.once('readable', go);
        socket.once('close', go);
      });
    }
  };
}
