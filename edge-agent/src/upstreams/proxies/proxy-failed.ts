/**
 * Who is to blame that no connection came about. `proxy`: it cannot be reached, or talks rubbish; `auth`: it does not
 * let us in; `timeout`: it said nothing in time; `target`: it works, and says that the far end does not answer;
 * `rules`: this node does not talk to the address of the proxy; `full`: it carries as much as it may; `here`: this node
 * could not name the far end, or would not.
 */
export type Blame = 'proxy' | 'auth' | 'timeout' | 'target' | 'rules' | 'full' | 'here';

/** No connection through this proxy, and not a byte of the request was sent. The code is for the books, as of sockets. */
export class ProxyFailed extends Error {
  readonly blame: Blame;
  readonly code: string;
  constructor(blame: Blame, code: string, message: string) {
    super(message);
    this.blame = blame;
    this.code = code;
  }
}

/** No proxy that this request may use could be used. */
export class ProxyNone extends Error {
  readonly code = 'PROXY_NONE';
  constructor() {
    super('no outbound proxy of this request can be used');
  }
}

/** What a failed connection says about the proxy, in one word for counters and signals. */
export function reasonOf(error: Error): string {
  if (error instanceof ProxyFailed) return words[error.blame];
  return 'tls';
}

const words: Record<Blame, string> = {
  proxy: 'proxy_unreachable',
  auth: 'proxy_auth_failed',
  timeout: 'proxy_timeout',
  target: 'target_unreachable',
  rules: 'address_refused',
  full: 'proxy_full',
  here: 'far_end_unknown',
};
