import type { Socket } from 'node:net';
import { socksConnector } from 'fetch-socks';
import { ProxyFailed } from './proxy-failed.ts';
import type { ProxySettings } from './proxy-settings.ts';

/** Asks a SOCKS5 proxy, over a socket to it, for a connection to `host`, which is sent as it is: a name stays a name. */
export function openSocksTunnel(
  socket: Socket,
  proxy: ProxySettings,
  to: { readonly host: string; readonly port: number },
  timeoutMs: number,
): Promise<Socket> {
  const credentials = proxy.username === null ? {} : { userId: proxy.username, password: proxy.password ?? '' };
  const connect = socksConnector(
    { type: 5, host: proxy.host, port: proxy.port, ...credentials },
    { timeout: Math.max(1, timeoutMs) },
  );
  const options = { hostname: to.host, host: to.host, protocol: 'http:', port: String(to.port), httpSocket: socket };
  return new Promise((done, fail) => {
    connect(options, (...[error, tunnel]) => (error ? fail(failureOf(error)) : done(tunnel)));
  });
}

/** The library tells what went wrong in words only. */
function failureOf({ message }: Error): ProxyFailed {
  if (message.includes('uthentication')) return new ProxyFailed('auth', 'PROXY_AUTH', 'the proxy did not accept the credentials');
  if (message.includes('timed out'))
    return new ProxyFailed('timeout', 'UND_ERR_CONNECT_TIMEOUT', 'the proxy said nothing in time');
  if (message.includes('rejected connection')) {
    const code = codes.find(([word]) => message.endsWith(word))?.[1] ?? 'EHOSTUNREACH';
    return new ProxyFailed('target', code, 'the proxy could not reach the AI provider');
  }
  return new ProxyFailed('proxy', 'ECONNRESET', 'the proxy broke off, or speaks no SOCKS5');
}

const codes = [
  ['ConnectionRefused', 'ECONNREFUSED'],
  ['TTLExpired', 'ETIMEDOUT'],
] as const;
