import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { mayDial, parseIpAddress } from '@aicarpool/shared-protocol';
import type { AddressPolicy } from '../../upstreams/base-url.ts';
import type { ProxyRow } from '../proxy-view.ts';

export interface Greeting {
  /** null: the proxy is there and lets us in. */
  readonly problem: string | null;
  readonly latencyMs: number | null;
}

type Ask = Pick<ProxyRow, 'type' | 'host' | 'port' | 'username'> & { readonly password: string | null };

const withinMs = 8_000;

/**
 * Says hello to a proxy from here: connects, and proves the login. An HTTP proxy is asked for a tunnel to `target`, for
 * it tells nothing before. Nothing is sent through it.
 */
export async function greetProxy(policy: AddressPolicy, ask: Ask, target: string): Promise<Greeting> {
  const addresses = parseIpAddress(ask.host) ? [ask.host] : await policy.resolve(ask.host);
  const [address] = addresses;
  if (address === undefined) return { problem: 'the name of the proxy could not be resolved', latencyMs: null };
  if (!mayDial('https:', addresses, policy.allowed).ok)
    return { problem: 'the address of the proxy is not allowed', latencyMs: null };
  const startedAtMs = performance.now();
  const socket = await open(ask, address);
  if (typeof socket === 'string') return { problem: socket, latencyMs: null };
  try {
    const isHttp = ask.type === 'http' || ask.type === 'https';
    const problem = isHttp ? await greetHttp(socket, ask, target) : await greetSocks(socket, ask);
    return { problem, latencyMs: Math.round(performance.now() - startedAtMs) };
  } finally {
    socket.destroy();
  }
}

/** A socket that says nothing in time is closed. The address was checked; the name is for TLS only. */
function open({ type, host, port }: Ask, address: string): Promise<Socket | string> {
  return new Promise((resolve) => {
    const servername = parseIpAddress(host) ? '' : host;
    const socket = type === 'https' ? connectTls({ host: address, port, servername }) : connect({ host: address, port });
    socket.setTimeout(withinMs, () => socket.destroy());
    socket.once(type === 'https' ? 'secureConnect' : 'connect', () => resolve(socket));
    socket.on('error', () => resolve('the proxy cannot be reached'));
    socket.on('close', () => resolve('the proxy did not answer in time'));
  });
}

async function greetSocks(socket: Socket, { username, password }: Ask): Promise<string | null> {
  const wantsLogin = username !== null;
  socket.write(Buffer.from(wantsLogin ? [5, 1, 2] : [5, 1, 0]));
  const method = await read(socket, 2);
  if (method?.[0] !== 5) return 'the proxy speaks no SOCKS5';
  if (method[1] === 0xff)
    return wantsLogin ? 'the proxy takes no user name and password' : 'the proxy wants a user name and password';
  if (!wantsLogin) return null;
  const [name, secret] = [Buffer.from(username), Buffer.from(password ?? '')];
  socket.write(Buffer.concat([Buffer.from([1, name.length]), name, Buffer.from([secret.length]), secret]));
  const verdict = await read(socket, 2);
  return verdict?.[1] === 0 ? null : 'the proxy did not accept the user name and password';
}

async function greetHttp(socket: Socket, { username, password }: Ask, target: string): Promise<string | null> {
  const login =
    username === null ? '' : `proxy-authorization: Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}\r\n`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${login}\r\n`);
  const head = (await read(socket, 12))?.toString('latin1') ?? '';
  if (!head.startsWith('HTTP/1.')) return 'the proxy speaks no HTTP';
  const status = Number(head.slice(9, 12));
  if (status === 407) return 'the proxy did not accept the user name and password';
  return status >= 200 && status < 300 ? null : `the proxy answers ${status} when it is asked for a tunnel to ${target}`;
}

/** Undefined: it closed, or said nothing in time. */
function read(socket: Socket, length: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const take = (part: Buffer) => {
      parts.push(part);
      const all = Buffer.concat(parts);
      if (all.length < length) return;
      socket.off('data', take);
      socket.pause();
      resolve(all);
    };
    socket.on('data', take);
    socket.resume();
    socket.once('close', () => resolve(undefined));
    socket.once('end', () => socket.destroy());
  });
}
