import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, sha256 } from '../../test/config-source.ts';
import { type KeepFixture, keepFixture, sync } from '../../test/keep-fixture.ts';
import type { OpenConfig } from './open-keep.ts';

let fixture: KeepFixture;
let source: ConfigSource;
let config: OpenConfig;

const name = () => config.current.pin()?.findGroup('grp_a')?.name;
const knows = (text: string) => config.current.pin()?.findKey(sha256(text)) !== undefined;
const health = async () => config.keep.markHealthy(config.status().applyNo);

async function crashAndStart(reason?: string): Promise<void> {
  if (reason !== undefined) config.crashed(reason);
  fixture.crash();
  config = await fixture.open();
}

beforeEach(async () => {
  fixture = await keepFixture();
  source = new ConfigSource();
  source.put(globalScope, 'service', 'claude', serviceBody('claude'));
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { name: 'before' }));
  source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  config = await fixture.open();
  await sync(config, source, fixture.clock);
});
afterEach(() => fixture.remove());

/** A change on top of a healthy config: a new group revision, a new key, and a key withdrawn. */
async function changeOnTop(): Promise<string> {
  await health();
  const rev = source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { name: 'after' }));
  source.put('grp_a', 'key', 'key_3', keyBody('key_3', 'grp_a', 'acp_three'));
  source.remove('grp_a', 'key', 'key_1');
  await sync(config, source, fixture.clock);
  return rev;
}

test('after two crashes in a row the config before is in use, and says so', async () => {
  const rev = await changeOnTop();
  await crashAndStart('boom');
  expect(name()).toBe('after');
  expect(config.status().slot).toBe('current');
  await crashAndStart('boom');
  expect(name()).toBe('before');
  expect(config.status().slot).toBe('previous');
  const { rejects } = await config.keep.question(1);
  expect(rejects).toContainEqual(expect.objectContaining({ kind: 'group', id: 'grp_a', rev, code: 'crash_loop' }));
});

test('going back never brings a withdrawn key back', async () => {
  await changeOnTop();
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two', { token_limit: 7 }));
  await sync(config, source, fixture.clock);
  source.remove('grp_a', 'key', 'key_2');
  await sync(config, source, fixture.clock);
  await crashAndStart('boom');
  await crashAndStart('boom');
  expect(config.status().slot).toBe('previous');
  expect(knows('acp_one')).toBe(false);
  expect(knows('acp_two')).toBe(false);
  expect(knows('acp_three')).toBe(false);
});

test('going back never enables what was disabled nor lets a key live longer', async () => {
  await health();
  const expires_at = '2026-11-22T00:00:00Z';
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two', { status: 'disabled', expires_at }));
  await sync(config, source, fixture.clock);
  await crashAndStart('boom');
  await crashAndStart('boom');
  expect(config.status().slot).toBe('previous');
  expect(config.current.pin()?.findKey(sha256('acp_two'))).toMatchObject({ active: false, expiresAtMs: Date.parse(expires_at) });
  await crashAndStart();
  expect(config.current.pin()?.damaged.size).toBe(0);
  expect(config.current.pin()?.findKey(sha256('acp_two'))).toMatchObject({ active: false });
});

test('refuses the revision that crashed, takes the next one', async () => {
  await changeOnTop();
  await crashAndStart('boom');
  await crashAndStart('boom');
  source.put('grp_a', 'key', 'key_4', keyBody('key_4', 'grp_a', 'acp_four'));
  await sync(config, source, fixture.clock);
  expect(name()).toBe('before');
  expect(knows('acp_four')).toBe(true);
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { name: 'cured' }));
  source.put('grp_a', 'key', 'key_3', keyBody('key_3', 'grp_a', 'acp_three', { token_limit: 1 }));
  await sync(config, source, fixture.clock);
  expect(name()).toBe('cured');
  expect(config.status()).toMatchObject({ slot: 'current', rejects: 0 });
  expect((await config.keep.question(1)).digests['grp_a']).toBe(source.digest('grp_a'));
});

test('another build of the agent gets the refused revisions again', async () => {
  await changeOnTop();
  await crashAndStart('boom');
  await crashAndStart('boom');
  await config.keep.close();
  config = await fixture.open('newer build');
  await sync(config, source, fixture.clock);
  expect(name()).toBe('after');
});

test('a kill from outside is not blamed on the config, however often it comes', async () => {
  await changeOnTop();
  for (let round = 0; round < 20; round += 1) await crashAndStart();
  expect(name()).toBe('after');
  expect(config.status().slot).toBe('current');
});

test('a config that proved healthy is not given up, nor is the very first one', async () => {
  for (let round = 0; round < 3; round += 1) await crashAndStart('boom');
  expect(name()).toBe('before');
  await changeOnTop();
  await health();
  for (let round = 0; round < 3; round += 1) await crashAndStart('boom');
  expect(name()).toBe('after');
});

test('a clean stop between two crashes starts the count anew', async () => {
  await changeOnTop();
  await crashAndStart('boom');
  await config.keep.close();
  config = await fixture.open();
  await crashAndStart('boom');
  expect(name()).toBe('after');
});

test('a death during activation counts as a crash', async () => {
  await changeOnTop();
  const { default: Database } = await import('better-sqlite3');
  for (let round = 0; round < 2; round += 1) {
    fixture.crash();
    const db = new Database(`${fixture.dataDir}/config.db`);
    db.prepare("UPDATE meta SET value = '1' WHERE name = 'activating'").run();
    db.close();
    config = await fixture.open();
  }
  expect(config.status().slot).toBe('previous');
});
