import { describe, expect, it } from 'vitest';
import { type UpstreamHeaderInput, upstreamHeaders } from './request-headers.ts';

const input: UpstreamHeaderInput = {
  rawHeaders: [
    ['Authorization', 'Bearer acp_caller'],
    ['X-Api-Key', 'acp_caller'],
    ['User-Agent', 'claude-cli/2'],
    ['Anthropic-Beta', 'b-1'],
    ['Anthropic-Version', '2026-10-21'],
    ['X-Claude-Code-Session-Id', 's'],
    ['X-Stainless-Lang', 'js'],
    ['Accept', 'text/event-stream'],
    ['Content-Type', 'application/json; charset=utf-8'],
    ['X-Carpool-User-Id', 'usr_forged'],
    ['Cookie', 'a=b'],
  ].flat(),
  dialect: 'anthropic-messages',
  translated: false,
  identity: null,
  defaultHeaders: {},
  credentialHeader: 'x-api-key',
  secret: 'sk-account',
};

function headersOf(more: Partial<UpstreamHeaderInput>): Record<string, string> {
  const flat = upstreamHeaders({ ...input, ...more });
  return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])));
}

describe('headers for an upstream', () => {
  it('hold what the API of the caller needs, and the credential of the account', () => {
    const headers = headersOf({});
    expect(headers).toMatchObject({ 'anthropic-beta': 'b-1', 'anthropic-version': '2026-10-21', 'x-api-key': 'sk-account' });
    expect(headers).toMatchObject({ 'x-claude-code-session-id': 's', 'content-type': 'application/json; charset=utf-8' });
    for (const name of ['authorization', 'cookie', 'x-carpool-user-id']) expect(headers).not.toHaveProperty(name);
  });

  it('tell a provider of another format who the client is, and nothing of the format that it spoke', () => {
    expect(headersOf({ dialect: 'openai-chat', translated: true, credentialHeader: 'authorization-bearer' })).toEqual({
      'user-agent': 'claude-cli/2',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      authorization: 'Bearer sk-account',
    });
  });

  it('tell an authentication proxy who calls, whatever the caller says of himself', () => {
    const identity = { userId: 'usr_1', groupId: 'grp_1', keyId: 'key_1' };
    expect(headersOf({ identity })).toMatchObject({
      'x-carpool-user-id': 'usr_1',
      'x-carpool-group-id': 'grp_1',
      'x-carpool-key-id': 'key_1',
    });
  });
});
