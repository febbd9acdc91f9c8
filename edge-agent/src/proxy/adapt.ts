import { upstreamHeaders } from '../upstreams/request-headers.ts';
import type { Agent } from './agent.ts';
import type { Attempt } from './exchange.ts';
import type { Adapted } from './upstream-request.ts';

/**
 * The request as the account gets it: caller and upstream speak the same dialect, so the body goes as it came.
 * The origin comes from the account alone, never from anything the caller sent.
 */
export async function adapt(agent: Agent, attempt: Attempt): Promise<Adapted> {
  const { call, candidate, body, freshSocket } = attempt;
  const { service, upstream, route } = candidate;
  const { group, key } = attempt.caller;
  const departure = { upstream, route, group, userId: key.userId };
  const { endpoint, request } = call;
  const { dialect } = call.dialect;
  const secret = upstream.secret();
  const road = await agent.upstreams.findRoad(departure, freshSocket);
  if (secret === undefined || !road) return { ok: false, refusal: null };
  const prefix = service.pathPrefix.get(dialect) ?? '';
  const options = {
    origin: road.origin,
    path: road.basePath + prefix + endpoint.nativePath + endpoint.search,
    method: request.method ?? 'POST',
    headers: upstreamHeaders({
      rawHeaders: request.rawHeaders,
      dialect,
      defaultHeaders: service.defaultHeaders,
      credentialHeader: upstream.credentialHeader,
      secret,
    }),
    body,
  };
  const plain = { unwrap: null, filter: null, answer: null, translateError: null };
  return { ok: true, request: { dispatcher: road.dispatcher, options, endpoint, ...plain } };
}
