import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceResource } from '@aicarpool/shared-protocol';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, upstreamBody } from '../config-source.ts';
import { keepFixture, sync } from '../keep-fixture.ts';
import { startNode, type TestNode } from '../start-node.ts';
import { type RefusingProxy, startRefusingProxy } from './refusing-proxy.ts';
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';
import { startTap, type Tap } from './tap.ts';

/** Everything one scenario works with; made new for each, so that what is counted is that scenario's alone. */
export interface Stage {
  readonly node: TestNode;
  readonly upstream: ScriptedUpstream;
  /** Clients are given its address instead of the node's. */
  readonly tap: Tap;
  readonly wayOut: RefusingProxy;
  /** Empty; home, work and config folders of the client lie in it. */
  readonly dir: string;
  /** A key of a group that has the services that the scenario wants. */
  readonly key: string;
  close(): Promise<void>;
}

/** Which services the group has. `native`: one for each API, as it is built in. */
export type Services = 'native' | 'ampcode' | 'only-anthropic' | 'only-responses' | 'only-chat' | 'only-gemini';

export const secretOf = (service: string) => `sk-secret-of-${service}`;
const groupId = 'grp_clients';
const bearer = 'authorization-bearer';
const allBearer = { api_key: bearer, oauth: bearer, bearer_token: bearer } as const;

type Parts = Pick<ServiceResource, 'dialects' | 'credential_headers'> & { readonly family?: string };
const anthropic: Parts = {
  family: 'claude-',
  dialects: { 'anthropic-messages': '' },
  credential_headers: { ...allBearer, api_key: 'x-api-key' },
};
const google: Parts = {
  family: 'gemini-',
  dialects: { gemini: '' },
  credential_headers: { ...allBearer, api_key: 'x-goog-api-key' },
};
const both = { 'openai-chat': '', 'openai-responses': '' };
const ampPaths = {
  'anthropic-messages': '/api/provider/anthropic',
  'openai-chat': '/api/provider/openai',
  'openai-responses': '/api/provider/openai',
  gemini: '/api/provider/google',
};

const servicesOf: Record<Services, Readonly<Record<string, Parts>>> = {
  native: { claude: anthropic, openai: { family: 'gpt-', dialects: both, credential_headers: allBearer }, gemini: google },
  ampcode: { ampcode: { dialects: ampPaths, credential_headers: allBearer } },
  'only-anthropic': { claude: anthropic },
  'only-responses': { openai: { dialects: { 'openai-responses': '' }, credential_headers: allBearer } },
  'only-chat': { openai: { dialects: { 'openai-chat': '' }, credential_headers: allBearer } },
  'only-gemini': { gemini: google },
};

/** Known to its service and kept from this group. */
export const hiddenModels = ['claude-hidden-5', 'gpt-hidden', 'gemini-hidden'];
const listed = ['claude-opus-5-5', 'claude-sonnet-5-5', 'gpt-5', 'gemini-2.5-flash', ...hiddenModels];
const models = listed.map((model) => ({
  model,
  display_name: `The ${model}`,
  context_length: 200_000,
  max_output_tokens: 64_000,
  features: null,
  price: { input: 3_000_000, output: 15_000_000, cacheRead: 300_000, cacheWrite5m: 3_750_000, cacheWrite1h: 6_000_000 },
  price_version: 'test',
}));

export async function setStage(services: Services = 'native'): Promise<Stage> {
  const opened = new AsyncDisposableStack();
  const upstream = opened.adopt(await startScriptedUpstream(), (one) => one.close());
  const node = opened.adopt(await startNode({}), (one) => one.close());
  const key = `acp_${crypto.randomUUID().replaceAll('-', '')}`;
  opened.defer(await configure(node, services, upstream.origin, key));
  const tap = opened.adopt(await startTap(node.port), (one) => one.close());
  const wayOut = opened.adopt(await startRefusingProxy(), (one) => one.close());
  const dir = await mkdtemp(join(tmpdir(), 'carpool-client-'));
  opened.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return { node, upstream, tap, wayOut, dir, key, close: () => opened.disposeAsync() };
}

/** Config as the control plane sends it, sealed credentials and all, compiled by the node's own compiler. */
async function configure(node: TestNode, services: Services, origin: string, key: string): Promise<() => Promise<void>> {
  const fixture = await keepFixture();
  const source = new ConfigSource();
  const wanted = servicesOf[services];
  for (const [id, { family = '', ...parts }] of Object.entries(wanted)) {
    const own = {
      model_patterns: [services === 'native' ? `${family}*` : '*'],
      models: models.filter(({ model }) => model.startsWith(family)),
    };
    source.put(globalScope, 'service', id, serviceBody(id, { ...parts, ...own, base_url: origin }));
    const upstreamId = `ups_${id}`;
    const secret = source.sealSecret(groupId, upstreamId, secretOf(id));
    source.put(groupId, 'upstream', upstreamId, upstreamBody(upstreamId, groupId, secret, { service: id }));
  }
  const use = { enabled: true, priority: 1, weight: 100, model_whitelist: null, model_blacklist: hiddenModels };
  const uses = Object.keys(wanted).map((service) => ({ service, ...use }));
  source.put(groupId, 'group', groupId, groupBody(groupId, { services: uses as never }));
  source.put(groupId, 'key', 'key_client', keyBody('key_client', groupId, key));
  await source.sealTo(groupId, fixture.nodeId, fixture.publicKey);
  const config = await fixture.open();
  await sync(config, source, fixture.clock);
  const snapshot = config.current.pin();
  if (!snapshot) throw new Error('the config was not taken');
  node.snapshots.swap(snapshot);
  return async () => {
    await config.keep.close();
    fixture.remove();
  };
}
