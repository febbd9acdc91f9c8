import type { Refusal } from '@aicarpool/shared-protocol';
import { askForUsage, type Endpoint, renameGeminiModel, setMember, UsageFilter } from '../dialects/index.ts';
import { stripForeignProofs } from '../translate/parts/strip-foreign-proofs.ts';
import type { TranslatedRequest, Translation } from '../translate/translation.ts';
import { type UpstreamHeaderInput, upstreamHeaders } from '../upstreams/request-headers.ts';
import type { Road } from '../upstreams/upstreams.ts';
import { findVendor } from '../upstreams/vendors/table.ts';
import type { Unwrap, Vendor, VendorRequest } from '../upstreams/vendors/vendor.ts';
import type { Agent } from './agent.ts';
import type { Attempt, Candidate } from './exchange.ts';
import { parseBody } from './intake/parse-body.ts';
import type { Adapted, UpstreamRequest } from './upstream-request.ts';

/**
 * The request as the account gets it. Where caller and account speak the same dialect and name the model alike, the
 * body is the very buffer that came. The origin comes from the account alone, never from anything the caller sent.
 */
export function adapt(agent: Agent, attempt: Attempt): Adapted | Promise<Adapted> {
  const { caller, candidate, freshSocket } = attempt;
  const { service, upstream, route } = candidate;
  const secret = upstream.secret();
  const vendor = findVendor(service.vendor);
  if (secret === undefined || vendor === undefined) return unusable;
  const departure = { upstream, route, group: caller.group, userId: caller.key.userId };
  const said = candidate.translation ? sayTranslated(attempt, candidate.translation, agent.nowMs()) : sayNative(attempt);
  if (!said.ok) return said;
  const road = agent.upstreams.findRoad(departure, freshSocket);
  if (!road) return unusable;
  if (vendor || road instanceof Promise) return adaptInTime(agent, attempt, said.said, { road, secret, vendor });
  return { ok: true, request: requestOf(plainOf(attempt, said.said, road, secret), said.said, road, null) };
}

/** Not every road is there at once, and some vendors sign. */
async function adaptInTime(agent: Agent, attempt: Attempt, said: Said, { road, secret, vendor }: Means): Promise<Adapted> {
  const { service, upstream, dialect, model } = attempt.candidate;
  const { stream } = attempt.facts;
  const way = await road;
  const plain = plainOf(attempt, said, way, secret);
  try {
    const changed = await vendor?.adaptRequest?.({ ...plain, dialect, model, stream, secret, nowMs: agent.nowMs() });
    const own = changed ? { ...changed, headers: [...changed.headers] } : plain;
    return { ok: true, request: requestOf(own, said, way, vendor?.adaptAnswer?.(stream, dialect) ?? null) };
  } catch (error) {
    // What a vendor signs with comes from outside: a key may turn out to be none.
    agent.log.warn({ err: error, upstream: upstream.id, vendor: service.vendor }, 'an account cannot sign requests');
    return unusable;
  }
}

const unusable: Adapted = { ok: false, refusal: null };

/** A request in the words of the account, before it is known where it goes. */
type Said = Omit<UpstreamRequest, 'dispatcher' | 'options' | 'unwrap'> & { readonly body: Buffer };
type Saying = { readonly ok: true; readonly said: Said } | { readonly ok: false; readonly refusal: Refusal };

function sayNative({ call, candidate, body, facts }: Attempt): Saying {
  const { service, model, dialect } = candidate;
  const own = stripForeignProofs(body, dialect);
  const named = model === facts.model ? { endpoint: call.endpoint, body: own } : renameModel(call.endpoint, own, model);
  const mayAsk = service.usageInStreams && facts.stream && dialect === 'openai-chat';
  const asking = mayAsk ? askForUsage(named.body) : undefined;
  const filter = asking ? new UsageFilter() : null;
  const said = { endpoint: named.endpoint, body: asking ?? named.body, filter, answer: null, translateError: null };
  return { ok: true, said };
}

function renameModel(endpoint: Endpoint, body: Buffer, model: string) {
  if (endpoint.dialect === 'gemini') return renameGeminiModel(endpoint, body, model);
  return { endpoint, body: setMember(body, 'model', JSON.stringify(model)) };
}

function sayTranslated({ call, candidate, body, facts }: Attempt, translation: Translation, nowMs: number): Saying {
  const { endpoint, requestId } = call;
  const parsed = parseBody(body);
  if (!parsed.ok) return parsed;
  const { stream, model } = facts;
  const request = parsed.value;
  const translated = translation.translateRequest({ endpoint, body: request, model: candidate.model, stream });
  if (!translated.ok) return translated;
  return {
    ok: true,
    said: {
      endpoint: endpointOf(endpoint, candidate, translated.request, stream),
      body: Buffer.from(JSON.stringify(translated.request.body)),
      filter: null,
      answer: translation.newAnswer({ endpoint, request, model, stream, requestId, nowMs }),
      translateError: (error) => translation.translateError(error),
    },
  };
}

function endpointOf(
  { operation }: Endpoint,
  { dialect, model }: Candidate,
  { nativePath, search }: TranslatedRequest,
  stream: boolean,
): Endpoint {
  const isInPath = dialect === 'gemini';
  const inPath = { modelInPath: isInPath ? model : null, streamInPath: isInPath && operation === 'generate' ? stream : null };
  return { dialect, operation, nativePath, search, ...inPath };
}

interface Means {
  readonly road: Road | Promise<Road>;
  readonly secret: string;
  readonly vendor: Vendor | null;
}

type Plain = Pick<VendorRequest, 'origin' | 'path' | 'body'> & { readonly headers: string[] };

function plainOf(attempt: Attempt, { endpoint, body }: Said, { origin, basePath }: Road, secret: string): Plain {
  const { service, dialect } = attempt.candidate;
  const path = basePath + (service.pathPrefix.get(dialect) ?? '') + endpoint.nativePath + endpoint.search;
  return { origin, path, headers: upstreamHeaders(headersOf(attempt, secret)), body };
}

function requestOf({ origin, path, headers, body }: Plain, said: Said, road: Road, unwrap: Unwrap | null): UpstreamRequest {
  const { endpoint, filter, answer, translateError } = said;
  const options = { origin, path, headers, body, method: 'POST' as const };
  return { dispatcher: road.dispatcher, options, endpoint, unwrap, filter, answer, translateError };
}

function headersOf({ call, caller, candidate }: Attempt, secret: string): UpstreamHeaderInput {
  const { service, upstream, route, dialect, translation } = candidate;
  const { key, group } = caller;
  const tells = route.authMethod === 'proxy_auth';
  return {
    rawHeaders: call.request.rawHeaders,
    dialect,
    translated: translation !== null,
    identity: tells ? { userId: key.userId, groupId: group.id, keyId: key.id } : null,
    defaultHeaders: service.defaultHeaders,
    credentialHeader: upstream.credentialHeader,
    secret,
  };
}
