import type { CredentialHeader, Dialect } from '@aicarpool/shared-protocol';
import { headerGate } from './header-rules.ts';

/** What the provider may learn from a caller: the API's own headers and who the client says it is. */
const passes = headerGate({
  exact: [
    'accept',
    'accept-language',
    'content-type',
    'http-referer',
    'idempotency-key',
    'originator',
    'session-id',
    'session_id',
    'thread-id',
    'user-agent',
    'x-app',
    'x-claude-1p-request-class',
    'x-client-request-id',
    'x-goog-api-client',
    'x-goog-request-params',
    'x-server-timeout',
    'x-title',
  ],
  prefixes: ['anthropic-', 'openai-', 'x-stainless-', 'x-claude-code-', 'x-codex-', 'x-openai-'],
  never: ['openai-organization', 'openai-project', 'anthropic-dangerous-direct-browser-access'],
});

/** What still means the same to a provider of another format: who the client is, and nothing of its API. */
const passesTranslated = headerGate({
  exact: ['accept-language', 'http-referer', 'user-agent', 'x-client-request-id', 'x-title'],
  prefixes: [],
  never: [],
});

/** For an authentication proxy, which decides by them what the caller may do. */
export interface CallerIdentity {
  readonly userId: string;
  readonly groupId: string;
  readonly keyId: string;
}

const oldestAnthropicVersion = '2023-06-01';

export interface UpstreamHeaderInput {
  readonly rawHeaders: readonly string[];
  /** What the upstream speaks. */
  readonly dialect: Dialect;
  /** The caller speaks another dialect: what his headers say of his own one stays here. */
  readonly translated: boolean;
  /** null: the upstream is told nothing about the caller. */
  readonly identity: CallerIdentity | null;
  readonly defaultHeaders: Readonly<Record<string, string>>;
  readonly credentialHeader: CredentialHeader;
  readonly secret: string;
}

/**
 * Headers for the upstream as a flat list of names and values. Nothing that the caller proved himself with is in it,
 * nothing that belongs to his connection, and nothing that `Connection` names.
 */
export function upstreamHeaders(input: UpstreamHeaderInput): string[] {
  const { rawHeaders } = input;
  const mayPass = input.translated ? passesTranslated : passes;
  const ownedByConnection = namedInConnection(rawHeaders);
  const out: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = mayPass(rawHeaders[at] ?? '');
    if (name === undefined || ownedByConnection?.has(name)) continue;
    out.push(name, rawHeaders[at + 1] ?? '');
  }
  for (const name in input.defaultHeaders) {
    const value = input.defaultHeaders[name];
    if (value !== undefined) addMissing(out, name.toLowerCase(), value);
  }
  if (input.dialect === 'anthropic-messages') addMissing(out, 'anthropic-version', oldestAnthropicVersion);
  addMissing(out, 'content-type', 'application/json');
  out.push('accept-encoding', 'identity');
  const { identity } = input;
  if (identity) {
    out.push('x-carpool-user-id', identity.userId, 'x-carpool-group-id', identity.groupId, 'x-carpool-key-id', identity.keyId);
  }
  placeCredential(out, input.credentialHeader, input.secret);
  return out;
}

function addMissing(out: string[], name: string, value: string): void {
  for (let at = 0; at < out.length; at += 2) if (out[at] === name) return;
  out.push(name, value);
}

function placeCredential(out: string[], header: CredentialHeader, secret: string): void {
  if (header === 'authorization-bearer') out.push('authorization', `Bearer ${secret}`);
  else out.push(header, secret);
}

function namedInConnection(rawHeaders: readonly string[]): Set<string> | undefined {
  let named: Set<string> | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    const value = (rawHeaders[at + 1] ?? '').toLowerCase();
    if (value === 'keep-alive' || value === 'close') continue;
    named ??= new Set();
    for (const part of value.split(',')) named.add(part.trim());
  }
  return named;
}
