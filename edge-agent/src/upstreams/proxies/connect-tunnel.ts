import { request } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { timedOut } from './dial-proxy.ts';
import { ProxyFailed } from './proxy-failed.ts';
import type { ProxySettings } from './proxy-settings.ts';

/** Asks an HTTP proxy, over a socket to it, for a tunnel to `host` with CONNECT. */
export function openConnectTunnel(
  socket: Socket,
  proxy: ProxySettings,
  to: { readonly host: string; readonly port: number },
  timeoutMs: number,
): Promise<Socket> {
  const authority = `${isIPv6(to.host) ? `[${to.host}]` : to.host}:${to.port}`;
  const headers: Record<string, string> = { host: authority };
  if (proxy.username !== null) {
    const credentials = Buffer.from(`${proxy.username}:${proxy.password ?? ''}`).toString('base64');
    headers['proxy-authorization'] = `Basic ${credentials}`;
  }
  return new Promise((done, fail) => {
    const asked = request({ method: 'CONNECT', path: authority, headers, createConnection: () => socket });
    asked.removeHeader('connection');
    const timer = setTimeout(() => asked.destroy(timedOut()), timeoutMs);
    asked.once('connect', (response, tunnel: Socket, head) => {
      clearTimeout(timer);
      const failure = failureOf(response.statusCode ?? 0);
      if (failure) {
        tunnel.destroy();
        return fail(failure);
      }
      if (head.length > 0) tunnel.unshift(head);
      return done(tunnel);
    });
    asked.once('response', (response) => asked.destroy(failureOf(response.statusCode ?? 0) ?? broken()));
    asked.on('error', (error) => {
      clearTimeout(timer);
      socket.destroy();
      fail(error instanceof ProxyFailed ? error : broken());
    });
    asked.end();
  });
}

function broken(): ProxyFailed {
  return new ProxyFailed('proxy', 'ECONNRESET', 'the proxy broke off, or speaks no HTTP');
}

function failureOf(status: number): ProxyFailed | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 407 || status === 401) return new ProxyFailed('auth', 'PROXY_AUTH', 'the proxy did not accept the credentials');
  if (status === 504 || status === 408)
    return new ProxyFailed('target', 'ETIMEDOUT', 'the proxy could not reach the AI provider');
  if (status >= 400) return new ProxyFailed('target', 'EHOSTUNREACH', `the proxy refused the connection with status ${status}`);
  return broken();
}
