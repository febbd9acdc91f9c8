import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { GroupEntry, ServiceEntry, ServiceRoute, UpstreamEntry } from '../snapshot/snapshot.ts';
import type { Upstreams } from './upstreams.ts';

/** What a free look at an account showed; `failed` says in one word why there was no answer. */
export type Look =
  | { readonly ok: true; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }
  | { readonly ok: false; readonly error: Error };

export interface AccountToCheck {
  readonly service: ServiceEntry;
  readonly upstream: UpstreamEntry;
  readonly route: ServiceRoute;
  readonly group: GroupEntry;
}

const deadlineMs = 10_000;
const bodyAtMost = 16 * 1024;

/** A vendor's own signing is for requests to models only. */
export function listsModels({ modelsPath, vendor }: ServiceEntry): boolean {
  return modelsPath !== null && vendor === '';
}

/**
 * Looks at an account at no cost, the way its requests go: the list of its models with its credential; where its
 * service has none, only whether somebody answers at its address. Never a completion, never a redirect. Does not reject.
 */
export async function checkAccount(upstreams: Upstreams, account: AccountToCheck): Promise<Look> {
  const { service, upstream, route, group } = account;
  const road = await upstreams.findRoad({ upstream, route, group, userId: '' }, true);
  const secret = upstream.secret();
  if (!road || secret === undefined) return { ok: false, error: new Error('the account cannot be used from this node') };
  const hasList = listsModels(service);
  const options: Dispatcher.DispatchOptions = {
    origin: road.origin,
    path: hasList ? `${road.basePath}${service.modelsPath}` : `${road.basePath}/`,
    method: hasList ? 'GET' : 'HEAD',
    headers: hasList ? headersOf(service, upstream, secret) : ['user-agent', 'aicarpool-edge'],
    headersTimeout: deadlineMs,
    bodyTimeout: deadlineMs,
  };
  return new Promise((resolve) => road.dispatcher.dispatch(options, new Looker(resolve)));
}

function headersOf({ defaultHeaders, pathPrefix }: ServiceEntry, { credentialHeader }: UpstreamEntry, secret: string): string[] {
  const out = Object.entries(defaultHeaders).flatMap(([name, value]) => [name.toLowerCase(), value]);
  if (pathPrefix.has('anthropic-messages') && !out.includes('anthropic-version')) out.push('anthropic-version', '2023-06-01');
  out.push('accept', 'application/json', 'accept-encoding', 'identity', 'user-agent', 'aicarpool-edge');
  if (credentialHeader === 'authorization-bearer') out.push('authorization', `Bearer ${secret}`);
  else out.push(credentialHeader, secret);
  return out;
}

/** Reads as much as tells what is wrong, then hangs up. */
class Looker implements Dispatcher.DispatchHandler {
  readonly #resolve: (look: Look) => void;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(resolve: (look: Look) => void) {
    this.#resolve = resolve;
  }

  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < bodyAtMost) return;
    this.#done();
    controller.abort(new Error('enough was read'));
  }

  onResponseEnd(): void {
    this.#done();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#status >= 200) this.#done();
    else this.#resolve({ ok: false, error });
  }

  #done(): void {
    this.#resolve({ ok: true, status: this.#status, headers: this.#headers, body: Buffer.concat(this.#parts) });
  }
}
