import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { type Cidr, mayDial } from '@aicarpool/shared-protocol';
import { buildConnector } from 'undici';
import { watchSocket } from './used-sockets.ts';

/** A name or a base URL led to an address that this node does not talk to. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
  constructor() {
    super('the address of the upstream is not one that this node may talk to');
  }
}

/**
 * Opens sockets to public addresses, and to those in `allowed`, only. A name is checked where the socket resolves it,
 * every address of it, so a name that changes its mind gains nothing; a literal address has no look-up and is checked here.
 */
export function checkedConnector(allowed: readonly Cidr[], timeoutMs: number): buildConnector.connector {
  const connectors = {
    'http:': buildConnector({ timeout: timeoutMs, allowH2: false, lookup: checkedLookup('http:', allowed) }),
    'https:': buildConnector({ timeout: timeoutMs, allowH2: false, lookup: checkedLookup('https:', allowed) }),
  };
  return (options, callback) => {
    const scheme = options.protocol === 'https:' ? 'https:' : 'http:';
    const host = options.hostname.startsWith('[') ? options.hostname.slice(1, -1) : options.hostname;
    if (isIP(host) !== 0 && !mayDial(scheme, [host], allowed).ok) {
      callback(new AddressRefused(), null);
      return;
    }
    connectors[scheme](options, (...result) => {
      const [error, socket] = result;
      if (error) return callback(error, null);
      watchSocket(socket);
      return callback(null, socket);
    });
  };
}

type Resolve = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export function checkedLookup(scheme: string, allowed: readonly Cidr[], resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const verdict = mayDial(
        scheme,
        addresses.map(({ address }) => address),
        allowed,
      );
      const [first] = addresses;
      if (!verdict.ok || !first) return callback(new AddressRefused(), '', 0);
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}
