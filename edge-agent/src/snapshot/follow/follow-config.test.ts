import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, sha256, upstreamBody } from '../../../test/config-source.ts';
import { type KeepFixture, keepFixture, sync } from '../../../test/keep-fixture.ts';
import type { OpenConfig } from '../open-keep.ts';
import type { ConfigChange } from './config-change.ts';
import { FollowedConfig } from './follow-config.ts';

let fixture: KeepFixture;
let source: ConfigSource;
let config: OpenConfig;
const followers: FollowedConfig[] = [];

beforeEach(async () => {
  fixture = await keepFixture();
  source = new ConfigSource();
  await source.sealTo('grp_a', fixture.nodeId, fixture.publicKey);
  source.put(globalScope, 'service', 'claude', serviceBody('claude'));
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { config_valid_s: 900 }));
  source.put('grp_a', 'upstream', 'ups_1', upstreamBody('ups_1', 'grp_a', source.sealSecret('grp_a', 'ups_1', 'sk-one')));
  source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
  config = await fixture.open();
});
afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.close();
  await fixture.remove();
});

async function follow(): Promise<FollowedConfig> {
  const { dataDir, identity, clock } = fixture;
  // The monotonic clock of another process began at another time.
  const clocks = { nowMs: () => clock.wallMs, monotonicMs: () => clock.monotonicMs + 777_000 };
  const options = { dataDir, identity, clocks, log: { warn: () => undefined } };
  // As between processes: nothing but text goes over.
  const early: ConfigChange[] = [];
  let hear: (change: ConfigChange) => void = (change) => void early.push(change);
  config.news.follow((change) => hear(JSON.parse(JSON.stringify(change))));
  const followed = await FollowedConfig.open({ ...options, contact: config.contact() });
  hear = (change) => void followed.hear(change);
  for (const change of early) hear(change);
  followers.push(followed);
  return followed;
}

/** Behind everything that was told so far. */
const settled = (followed: FollowedConfig) => followed.hear({ is: 'contact', contact: config.contact() });
const secretsOf = (followed: FollowedConfig) =>
  followed.current
    .pin()
    ?.findGroup('grp_a')
    ?.services.flatMap(({ upstreams }) => upstreams.map(({ secret }) => secret()));
const keyOf = (followed: FollowedConfig, text: string) => followed.current.pin()?.findKey(sha256(text))?.id;

test('reads what is on disk and opens its secrets', async () => {
  await sync(config, source, fixture.clock);
  const followed = await follow();
  expect(keyOf(followed, 'acp_one')).toBe('key_1');
  expect(secretsOf(followed)).toEqual(['sk-one']);
  expect(followed.current.pin()).toMatchObject({ epoch: 'epoch-1', version: 4, counts: { keys: 1, groups: 1 } });
});

test('holds nothing where nothing is, and follows from there', async () => {
  const followed = await follow();
  expect(followed.current.pin()).toBeUndefined();
  await sync(config, source, fixture.clock);
  await settled(followed);
  expect(keyOf(followed, 'acp_one')).toBe('key_1');
  expect(secretsOf(followed)).toEqual(['sk-one']);
});

test('follows new keys, withdrawals and dropped groups without reading the disk', async () => {
  await sync(config, source, fixture.clock);
  const followed = await follow();
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  source.remove('grp_a', 'key', 'key_1');
  await sync(config, source, fixture.clock);
  await settled(followed);
  expect([keyOf(followed, 'acp_one'), keyOf(followed, 'acp_two')]).toEqual([undefined, 'key_2']);
  expect(followed.current.pin()?.version).toBe(config.current.pin()?.version);
  source.drop('grp_a');
  await sync(config, source, fixture.clock);
  await settled(followed);
  expect(followed.current.pin()?.counts).toEqual({ keys: 0, groups: 0 });
});

test('reads the disk anew where a change is too long to be told', async () => {
  await sync(config, source, fixture.clock);
  const followed = await follow();
  for (let at = 0; at < 1_500; at += 1) source.put('grp_a', 'key', `key_x${at}`, keyBody(`key_x${at}`, 'grp_a', `acp_x${at}`));
  await sync(config, source, fixture.clock);
  await settled(followed);
  expect(followed.current.pin()?.counts.keys).toBe(1_501);
  expect(keyOf(followed, 'acp_x1499')).toBe('key_x1499');
});

test('a change that was read from disk already is not undone by an older one told late', async () => {
  await sync(config, source, fixture.clock);
  const told: ConfigChange[] = [];
  config.news.follow((change) => void told.push(change));
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { status: 'suspended' }));
  await sync(config, source, fixture.clock);
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { status: 'active' }));
  await sync(config, source, fixture.clock);
  const followed = await follow();
  const [older] = told.filter(({ is }) => is === 'scope');
  if (!older) throw new Error('nothing was told');
  await followed.hear(older);
  await followed.hear({ is: 'active', epoch: 'epoch-1', version: 6, damaged: [] });
  expect(followed.current.pin()?.findGroup('grp_a')?.status).toBe('active');
});

test('knows how long ago the control plane was heard, by its own clock', async () => {
  await sync(config, source, fixture.clock);
  const followed = await follow();
  const isStale = () => followed.current.pin()?.findGroup('grp_a')?.isStale(fixture.clock.wallMs);
  expect(isStale()).toBe(false);
  fixture.clock.wallMs += 901_000;
  fixture.clock.monotonicMs += 901_000;
  expect(isStale()).toBe(true);
  await sync(config, source, fixture.clock);
  await settled(followed);
  expect(isStale()).toBe(false);
});

test('goes back with the node after two crashes in a row with a new config', async () => {
  await sync(config, source, fixture.clock);
  await config.keep.markHealthy(config.status().applyNo);
  const followed = await follow();
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { name: 'crashes' }));
  await sync(config, source, fixture.clock);
  await settled(followed);
  expect(followed.current.pin()?.findGroup('grp_a')?.name).toBe('crashes');
  expect([await config.keep.strike(), await config.keep.strike()]).toEqual([false, true]);
  await settled(followed);
  expect(followed.current.pin()?.findGroup('grp_a')?.name).not.toBe('crashes');
  expect(config.current.pin()?.findGroup('grp_a')?.name).not.toBe('crashes');
  expect(config.status().slot).toBe('previous');
});

test('a crash with a config that has proven itself is not held against it', async () => {
  await sync(config, source, fixture.clock);
  await config.keep.markHealthy(config.status().applyNo);
  expect([await config.keep.strike(), await config.keep.strike(), await config.keep.strike()]).toEqual([false, false, false]);
});
