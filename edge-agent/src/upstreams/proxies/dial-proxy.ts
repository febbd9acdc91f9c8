import { lookup } from 'node:dns';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Cidr, mayDial } from '@aicarpool/shared-protocol';
import { checkedLookup } from '../connect.ts';
import { ProxyFailed } from './proxy-failed.ts';
import type { ProxySettings } from './proxy-settings.ts';
import type { Resolve } from './target.ts';

/**
 * A socket to the proxy itself, over TLS for `https`. The proxy's address obeys the rules of upstreams, checked where
 * the socket resolves the name. Gives the TCP socket, too: what passes it is what the proxy carries.
 */
export function dialProxy(
  proxy: ProxySettings,
  allowed: readonly Cidr[],
  timeoutMs: number,
  resolve: Resolve = lookup,
): Promise<{ readonly socket: Socket; readonly wire: Socket }> {
  const host = proxy.host.startsWith('[') ? proxy.host.slice(1, -1) : proxy.host;
  if (isIP(host) !== 0 && !mayDial('https:', [host], allowed).ok) return Promise.reject(refused());
  return new Promise((done, fail) => {
    const wire = connectTcp({ host, port: proxy.port, lookup: checkedLookup('https:', allowed, resolve), noDelay: true });
    wire.setKeepAlive(true, 60_000);
    const servername = isIP(host) === 0 ? host : '';
    const socket = proxy.type === 'https' ? connectTls({ socket: wire, servername, ALPNProtocols: ['http/1.1'] }) : wire;
    const timer = setTimeout(() => give(timedOut()), timeoutMs);
    const give = (error?: Error) => {
      clearTimeout(timer);
      socket.removeListener(ready, onReady);
      if (!error) return done({ socket, wire });
      wire.destroy();
      return fail(error);
    };
    const ready = proxy.type === 'https' ? 'secureConnect' : 'connect';
    const onReady = () => give();
    socket.once(ready, onReady);
    // The listeners stay: an error of a tunnel that nobody uses must not end the process.
    wire.on('error', (error) => give(failureOf(error)));
    if (socket !== wire) socket.on('error', (error) => give(failureOf(error)));
    wire.once('close', () => give(new ProxyFailed('proxy', 'ECONNRESET', 'the proxy closed the connection')));
  });
}

function failureOf(error: Error): ProxyFailed {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'ECONNRESET';
  if (code === 'ADDRESS_REFUSED') return refused();
  if (code === 'ETIMEDOUT') return timedOut();
  return new ProxyFailed('proxy', code, 'the proxy cannot be reached');
}

function refused(): ProxyFailed {
  return new ProxyFailed('rules', 'ADDRESS_REFUSED', 'the address of the proxy is not one that this node may talk to');
}

export function timedOut(): ProxyFailed {
  return new ProxyFailed('timeout', 'UND_ERR_CONNECT_TIMEOUT', 'no connection through the proxy came about in time');
}
