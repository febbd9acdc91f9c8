import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect, RefusalCode } from '@aicarpool/shared-protocol';
import type { Endpoint, EndpointReading, Operation } from '../dialect.ts';
import { readGeminiPath } from '../gemini/read-path.ts';
import { decodePart, readTarget, type Target } from './read-target.ts';

interface Tail {
  readonly tail: readonly string[];
  readonly dialect: Dialect;
  readonly operation: Operation;
  readonly nativePath: string;
  /** True: only with `v1` before it, or for a client that names Anthropic's API version. */
  readonly needsVersion?: true;
}

/** What a path ends in. Longer tails first; `v1` before a tail is part of the client's base URL or not, both count. */
const tails: readonly Tail[] = [
  {
    tail: ['messages', 'count_tokens'],
    dialect: 'anthropic-messages',
    operation: 'count_tokens',
    nativePath: '/v1/messages/count_tokens',
    needsVersion: true,
  },
  { tail: ['messages'], dialect: 'anthropic-messages', operation: 'generate', nativePath: '/v1/messages', needsVersion: true },
  { tail: ['chat', 'completions'], dialect: 'openai-chat', operation: 'generate', nativePath: '/v1/chat/completions' },
  { tail: ['embeddings'], dialect: 'openai-chat', operation: 'embed', nativePath: '/v1/embeddings' },
  {
    tail: ['responses', 'input_tokens'],
    dialect: 'openai-responses',
    operation: 'count_tokens',
    nativePath: '/v1/responses/input_tokens',
  },
  { tail: ['responses', 'compact'], dialect: 'openai-responses', operation: 'generate', nativePath: '/v1/responses/compact' },
  { tail: ['responses'], dialect: 'openai-responses', operation: 'generate', nativePath: '/v1/responses' },
];

/**
 * Which API a request line speaks to, matched on the tail of its path so that any prefix may stand before it.
 * `/v1/models` belongs to three APIs and is told apart by headers. `target` is `req.url` as received.
 */
export function readEndpoint(method: string, target: string, headers: IncomingHttpHeaders): EndpointReading {
  const read = readTarget(target);
  if (!read) return refuse(guessDialect([], headers), 'endpoint_unknown', `The path ${oddPath}`);
  const { segments } = read;
  const asked = readGeminiPath(read) ?? readTail(read, headers);
  if (asked) return checkMethod(method, 'POST', asked, headers);
  const models = readModelsPath(read, headers);
  if (models) return checkMethod(method, 'GET', models, headers);
  const known = 'Known are /v1/messages, /v1/chat/completions, /v1/responses, /v1/embeddings, /v1beta/models/… and /v1/models.';
  return refuse(guessDialect(segments, headers), 'endpoint_unknown', `No API answers at this path. ${known}`);
}

const oddPath = 'must start with one "/" and hold no "//", "\\", "#" or dot segments: check the base URL for a slash at its end.';

function refuse(dialect: Dialect, code: RefusalCode, message: string): Extract<EndpointReading, { ok: false }> {
  return { ok: false, dialect, refusal: { code, message } };
}

function checkMethod(method: string, wanted: string, endpoint: Endpoint, headers: IncomingHttpHeaders): EndpointReading {
  if (method === wanted) return { ok: true, endpoint };
  const { dialect } = endpoint;
  const isUpgrade = method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
  if (isUpgrade && dialect === 'openai-responses') {
    const message = 'WebSocket is not offered here: send the request as POST over HTTP.';
    return { ...refuse(dialect, 'upgrade_required', message), headers: { upgrade: 'HTTP/1.1', connection: 'upgrade' } };
  }
  const message = `This endpoint answers ${wanted} only, not ${method.slice(0, 20)}.`;
  return { ...refuse(dialect, 'method_not_allowed', message), headers: { allow: wanted } };
}

function readTail({ segments, search }: Target, headers: IncomingHttpHeaders): Endpoint | undefined {
  for (const { tail, dialect, operation, nativePath, needsVersion } of tails) {
    const before = segments.length - tail.length;
    if (before < 0 || !tail.every((part, i) => segments[before + i] === part)) continue;
    if (needsVersion && segments[before - 1] !== 'v1' && headers['anthropic-version'] === undefined) continue;
    return { dialect, operation, nativePath, search, modelInPath: null, streamInPath: null };
  }
  return undefined;
}

/** `…/models` and `…/models/{model}`; OpenAI-like model names may hold slashes. */
function readModelsPath({ segments, search, hasKey }: Target, headers: IncomingHttpHeaders): Endpoint | undefined {
  const at = segments.lastIndexOf('models');
  if (at === -1) return undefined;
  const model = decodePart(segments.slice(at + 1).join('/'));
  if (model === undefined || (model === '' && at !== segments.length - 1)) return undefined;
  const version = segments[at - 1] === 'v1beta' ? 'v1beta' : 'v1';
  const dialect = version === 'v1beta' || hasKey ? 'gemini' : modelsDialect(headers);
  if (dialect === 'gemini' && model.includes(':')) return undefined;
  const base = dialect === 'gemini' && version === 'v1beta' ? '/v1beta/models' : '/v1/models';
  const shared = { dialect, search, streamInPath: null };
  if (model === '') return { ...shared, operation: 'list_models', nativePath: base, modelInPath: null };
  return { ...shared, operation: 'get_model', nativePath: `${base}/${encodeURIComponent(model)}`, modelInPath: model };
}

function modelsDialect(headers: IncomingHttpHeaders): Dialect {
  if (speaksGoogle(headers)) return 'gemini';
  return headers['anthropic-version'] === undefined ? 'openai-chat' : 'anthropic-messages';
}

/** A path nobody knows still gets its refusal in the shape that its client most likely reads. */
function guessDialect(segments: readonly string[], headers: IncomingHttpHeaders): Dialect {
  if (headers['anthropic-version'] !== undefined || segments.includes('messages')) return 'anthropic-messages';
  if (speaksGoogle(headers) || segments.includes('v1beta')) return 'gemini';
  return segments.includes('responses') ? 'openai-responses' : 'openai-chat';
}

function speaksGoogle(headers: IncomingHttpHeaders): boolean {
  return headers['x-goog-api-key'] !== undefined || headers['x-goog-api-client'] !== undefined;
}
