import type { Refusal } from '@aicarpool/shared-protocol';
import { askForUsage, type Endpoint, renameGeminiModel, setMember, UsageFilter } from '../dialects/index.ts';
import { stripForeignProofs } from '../translate/parts/strip-foreign-proofs.ts';
import type { TranslatedRequest, Translation } from '../translate/translation.ts';
import { type UpstreamHeaderInput, upstreamHeaders } from '../upstreams/request-headers.ts';
import type { Road } from '../upstreams/upstreams.ts';
import { findVendor } from '../upstreams/vendors/table.ts';
import type { Vendor } from '../upstreams/vendors/vendor.ts';
import type { Agent } from './agent.ts';
import type { Attempt, Candidate } from './exchange.ts';
import { parseBody } from './intake/parse-body.ts';
import type { Adapted, UpstreamRequest } from './upstream-request.ts';

/**
 * The request as the account gets it. Where caller and account speak the same dialect and name the model alike, the
 * body is the very buffer that came. The origin comes from the account alone, never from anything the caller sent.
 */
export async function adapt(agent: Agent, attempt: Attempt): Promise<Adapted> {
  const { caller, candidate, freshSocket } = attempt;
  const { service, upstream, route } = candidate;
  const secret = upstream.secret();
  const vendor = findVendor(service.vendor);
  if (secret === undefined || vendor === undefined) return unusable;
  const departure = { upstream, route, group: caller.group, userId: caller.key.userId };
  const road = await agent.upstreams.findRoad(departure, freshSocket);
  if (!road) return unusable;
  const said = candidate.translation ? sayTranslated(attempt, candidate.translation, agent.nowMs()) : sayNative(attempt);
  if (!said.ok) return said;
  try {
    return { ok: true, request: await requestOf(attempt, said.said, { road, secret, vendor, nowMs: agent.nowMs() }) };
  } catch (error) {
    // What a vendor signs with comes from outside: a key may turn out to be none.
    agent.log.warn({ err: error, upstream: upstream.id, vendor: service.vendor }, 'an account cannot sign requests');
    return unusable;
  }
}

const unusable: Adapted = { ok: false, refusal: null };

/** A request in the words of the account, before it is known where it goes. */
type Said = Omit<UpstreamRequest, 'dispatcher' | 'options'> & { readonly body: Buffer };
type Saying = { readonly ok: true; readonly said: Said } | { readonly ok: false; readonly refusal: Refusal };

function sayNative({ call, candidate, body, facts }: Attempt): Saying {
  const { service, model, dialect } = candidate;
  const own = stripForeignProofs(body, dialect);
  const named = model === facts.model ? { endpoint: call.endpoint, body: own } : renameModel(call.endpoint, own, model);
  const plain = { ...named, unwrap: null, filter: null, answer: null, translateError: null };
  const mayAsk = service.usageInStreams && facts.stream && dialect === 'openai-chat';
  const asking = mayAsk ? askForUsage(named.body) : undefined;
  return { ok: true, said: asking ? { ...plain, body: asking, filter: new UsageFilter() } : plain };
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
      unwrap: null,
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
  readonly road: Road;
  readonly secret: string;
  readonly vendor: Vendor | null;
  readonly nowMs: number;
}

async function requestOf(attempt: Attempt, said: Said, { road, secret, vendor, nowMs }: Means): Promise<UpstreamRequest> {
  const { service, dialect, model } = attempt.candidate;
  const { stream } = attempt.facts;
  const { body, ...reading } = said;
  const { nativePath, search } = said.endpoint;
  const plain = {
    origin: road.origin,
    path: road.basePath + (service.pathPrefix.get(dialect) ?? '') + nativePath + search,
    headers: upstreamHeaders(headersOf(attempt, secret)),
    body,
  };
  if (!vendor) return { dispatcher: road.dispatcher, options: { ...plain, method: 'POST' }, ...reading };
  const { origin, path, headers, ...adapted } =
    (await vendor.adaptRequest?.({ ...plain, dialect, model, stream, secret, nowMs })) ?? plain;
  return {
    dispatcher: road.dispatcher,
    options: { origin, path, headers: [...headers], body: adapted.body, method: 'POST' },
    ...reading,
    unwrap: vendor.adaptAnswer?.(stream, dialect) ?? null,
  };
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
