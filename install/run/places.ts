import type { Config } from '../../control-plane/src/config.ts';

export interface Places {
  readonly consoleUrl: string;
  readonly nodeUrl: string;
  /** host:port, as the node takes it. */
  readonly nodeListen: string;
}

/** Where this machine reaches its own programs: an address that stands for all of them is no place to call. */
export function placesOf({ host, port, centralNodePort }: Pick<Config, 'host' | 'port' | 'centralNodePort'>): Places {
  const reachable = bracketed(['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host);
  return {
    consoleUrl: `http://${reachable}:${port}`,
    nodeUrl: `http://${reachable}:${centralNodePort}`,
    nodeListen: `${bracketed(host)}:${centralNodePort}`,
  };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
