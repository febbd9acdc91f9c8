import type { Socket } from 'node:net';
import type { Cidr } from '@aicarpool/shared-protocol';
import { openConnectTunnel } from './connect-tunnel.ts';
import { dialProxy } from './dial-proxy.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { openSocksTunnel } from './socks-tunnel.ts';
import { hostForProxy, type Resolve, type Target } from './target.ts';

export interface TunnelRules {
  /** Blocks beside the public internet in which proxies and targets may lie. */
  readonly allowed: readonly Cidr[];
  readonly connectTimeoutMs: number;
  readonly resolve?: Resolve | undefined;
}

export interface Tunnel {
  /** Bytes written to it come out at the target. */
  readonly socket: Socket;
  /** The TCP connection to the proxy below it. */
  readonly wire: Socket;
}

/** A connection to the target through the proxy, checked against the address rules. Throws ProxyFailed, and nothing else. */
export async function openTunnel(proxy: ProxySettings, target: Target, rules: TunnelRules): Promise<Tunnel> {
  const untilMs = performance.now() + rules.connectTimeoutMs;
  const host = await hostForProxy(proxy, target, rules.allowed, rules.resolve);
  const { socket, wire } = await dialProxy(proxy, rules.allowed, rules.connectTimeoutMs, rules.resolve);
  const open = proxy.type === 'http' || proxy.type === 'https' ? openConnectTunnel : openSocksTunnel;
  const leftMs = Math.max(1, untilMs - performance.now());
  try {
    return { socket: await open(socket, proxy, { host, port: target.port }, leftMs), wire };
  } catch (error) {
    wire.destroy();
    throw error;
  }
}
