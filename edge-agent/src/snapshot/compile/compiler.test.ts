import { expect, test } from 'vitest';
import { groupBody, keyBody, serviceBody, sha256, upstreamBody } from '../../../test/config-source.ts';
import { readResource } from '../check-upsert.ts';
import { Contact } from '../contact.ts';
import { Secrets } from '../secrets.ts';
import { Compiler } from './compiler.ts';
import { addressTest } from './key.ts';
import { originOf } from './service.ts';

const clocks = { nowMs: () => 0, monotonicMs: () => 0 };
const sealed = { key_version: 1, nonce: '', ciphertext: '' };

function compiler(): Compiler {
  return new Compiler(
    new Secrets({ nodeId: 'nod_1', privateKey: '', publicKey: '' }),
    new Contact(clocks, { wallMs: 0, bootId: undefined, upMs: undefined }),
  );
}

function put(into: Compiler, scope: string, kind: string, body: { id: string }): void {
  into.upsert(scope, { id: body.id, resource: readResource(scope, kind, body.id, body) });
}

const use = {
  enabled: true,
  priority: 1,
  weight: 1,
  model_whitelist: null,
  model_blacklist: [],
  auth_method: 'shared_account' as const,
  model_aliases: [],
  proxy_enabled: false,
};

test('lists routes by priority, per dialect, with inactive services and without disabled ones', () => {
  const config = compiler();
  put(config, 'global', 'service', serviceBody('claude'));
  put(config, 'global', 'service', serviceBody('amp', { dialects: { 'anthropic-messages': '/anthropic', gemini: '/google' } }));
  put(config, 'global', 'service', serviceBody('resting', { status: 'maintenance' }));
  const services = [
    { ...use, service: 'claude', priority: 2 },
    { ...use, service: 'amp', priority: 1 },
    { ...use, service: 'resting', priority: 3 },
    { ...use, service: 'absent', priority: 0 },
  ];
  put(config, 'grp_1', 'group', groupBody('grp_1', { services: [...services, { ...use, service: 'claude', enabled: false }] }));
  const group = config.cut('e', 1).findGroup('grp_1');
  const names = (dialect: 'anthropic-messages' | 'gemini') =>
    group?.services
      .filter(({ service }) => service.pathPrefix.has(dialect))
      .map(({ service }) => [service.id, service.status, service.pathPrefix.get(dialect)]);
  expect(names('anthropic-messages')).toEqual([
    ['amp', 'active', '/anthropic'],
    ['claude', 'active', ''],
    ['resting', 'maintenance', ''],
  ]);
  expect(names('gemini')).toEqual([['amp', 'active', '/google']]);
});

test('gives upstreams by priority with the address and header that count for them', () => {
  const config = compiler();
  put(config, 'global', 'service', serviceBody('claude', { base_url: 'https://api.anthropic.com/' }));
  put(config, 'grp_1', 'group', groupBody('grp_1'));
  put(config, 'grp_1', 'upstream', upstreamBody('ups_b', 'grp_1', sealed, { priority: 2, auth_type: 'oauth' }));
  put(config, 'grp_1', 'upstream', upstreamBody('ups_c', 'grp_1', sealed, { base_url: 'https://gw.example.com/x/' }));
  put(config, 'grp_1', 'upstream', upstreamBody('ups_off', 'grp_1', sealed, { status: 'disabled' }));
  const [route] = config.cut('e', 1).findGroup('grp_1')?.services ?? [];
  expect(route?.upstreams.map(({ id, baseUrl, credentialHeader }) => [id, baseUrl, credentialHeader])).toEqual([
    ['ups_c', 'https://gw.example.com/x', 'x-api-key'],
    ['ups_b', 'https://api.anthropic.com', 'authorization-bearer'],
  ]);
  expect(route?.upstreams[0]?.secret()).toBeUndefined();
});

test('the blacklist wins over the whitelist; an empty whitelist allows nothing', () => {
  const config = compiler();
  put(config, 'global', 'service', serviceBody('claude'));
  const allows = (model_whitelist: string[] | null, model_blacklist: string[], model: string) => {
    put(
      config,
      'grp_1',
      'group',
      groupBody('grp_1', { services: [{ ...use, service: 'claude', model_whitelist, model_blacklist }] }),
    );
    return config.cut('e', 1).findGroup('grp_1')?.services?.[0]?.allowsModel(model);
  };
  expect(allows(null, [], 'any')).toBe(true);
  expect(allows(null, ['claude-opus-*'], 'claude-opus-4')).toBe(false);
  expect(allows(['claude-opus-4'], ['claude-opus-4'], 'claude-opus-4')).toBe(false);
  expect(allows(['claude-haiku-*'], [], 'claude-haiku-4')).toBe(true);
  expect(allows([], [], 'claude-haiku-4')).toBe(false);
});

test('a change of a service reaches the groups that use it, and leaves the others untouched', () => {
  const config = compiler();
  put(config, 'global', 'service', serviceBody('claude'));
  put(config, 'grp_1', 'group', groupBody('grp_1'));
  put(config, 'grp_2', 'group', groupBody('grp_2', { services: [] }));
  const before = config.cut('e', 1);
  put(config, 'global', 'service', serviceBody('claude', { status: 'inactive' }));
  const after = config.cut('e', 2);
  expect(after.findGroup('grp_1')?.services?.[0]?.service.status).toBe('inactive');
  expect(before.findGroup('grp_1')?.services?.[0]?.service.status).toBe('active');
  expect(after.findGroup('grp_2')).toBe(before.findGroup('grp_2'));
});

test('a node that is retired keeps no service, no group and no key', () => {
  const config = compiler();
  put(config, 'global', 'service', serviceBody('claude'));
  put(config, 'grp_1', 'group', groupBody('grp_1'));
  put(config, 'grp_1', 'key', keyBody('key_1', 'grp_1', 'acp_one'));
  config.drop('global');
  expect(config.cut('e', 1).findGroup('grp_1')?.services).toEqual([]);
  config.drop('grp_1');
  expect(config.cut('e', 2).counts).toEqual({ keys: 0, groups: 0 });
  expect(config.cut('e', 2).findKey(sha256('acp_one'))).toBeUndefined();
});

test('a key that changes its hash is no longer found under the old one', () => {
  const config = compiler();
  put(config, 'grp_1', 'key', keyBody('key_1', 'grp_1', 'acp_old'));
  put(
    config,
    'grp_1',
    'key',
    keyBody('key_1', 'grp_1', 'acp_new', { restricted_models: [], expires_at: '2027-01-01T00:00:00Z' }),
  );
  const snapshot = config.cut('e', 1);
  expect(snapshot.findKey(sha256('acp_old'))).toBeUndefined();
  expect(snapshot.findKey(sha256('acp_new'))).toMatchObject({
    restrictedModels: new Set(),
    expiresAtMs: Date.parse('2027-01-01'),
  });
  expect(snapshot.counts.keys).toBe(1);
});

test('allows listed addresses and ranges in either family, and nothing that is no address', () => {
  const allows = addressTest(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32', '::ffff:198.51.100.0/120']);
  for (const ip of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', '2001:db8::1', '198.51.100.9']) expect(allows(ip)).toBe(true);
  for (const ip of ['10.2.0.1', '192.0.2.8', '2001:db9::1', 'localhost', '', '::']) expect(allows(ip)).toBe(false);
  expect(() => addressTest(['10.0.0.0/33'])).toThrow();
});

test('takes only plain web addresses as base URLs, and the simulator inside the node', () => {
  expect(originOf('simulator://local')).toBe('simulator://local');
  expect(originOf('https://api.example.com/v1/')).toBe('https://api.example.com/v1');
  for (const bad of ['ftp://x', 'simulator://elsewhere', 'https://u:p@x', 'https://x/?a=1', 'nonsense'])
    expect(() => originOf(bad)).toThrow();
});
