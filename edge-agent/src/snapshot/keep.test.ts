import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, sha256, upstreamBody } from '../../test/config-source.ts';
import { type KeepFixture, keepFixture, sync } from '../../test/keep-fixture.ts';
import { DataDirBusy } from './disk/open-store.ts';
import type { Snapshot } from './snapshot.ts';

const hash = (text: string) => sha256(text);
let fixture: KeepFixture;
let source: ConfigSource;

beforeEach(async () => {
  fixture = await keepFixture();
  source = new ConfigSource();
  await source.sealTo('grp_a', fixture.nodeId, fixture.publicKey);
  source.put(globalScope, 'service', 'claude', serviceBody('claude'));
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { config_valid_s: 900 }));
  source.put('grp_a', 'upstream', 'ups_1', upstreamBody('ups_1', 'grp_a', source.sealSecret('grp_a', 'ups_1', 'sk-one')));
  source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
});
afterEach(() => fixture.remove());

function secretsOf(snapshot: Snapshot | undefined): (string | undefined)[] {
  const routes = snapshot?.findGroup('grp_a')?.services ?? [];
  return routes.flatMap(({ upstreams }) => upstreams.map(({ secret }) => secret()));
}

test('holds nothing before the first answer and everything after it', async () => {
  const config = await fixture.open();
  expect(config.current.pin()).toBeUndefined();
  await sync(config, source, fixture.clock);
  const snapshot = config.current.pin();
  expect(snapshot?.findKey(hash('acp_one'))).toMatchObject({ id: 'key_1', groupId: 'grp_a', active: true });
  expect(snapshot?.findKey(hash('acp_two'))).toBeUndefined();
  expect(secretsOf(snapshot)).toEqual(['sk-one']);
  expect(snapshot).toMatchObject({ epoch: 'epoch-1', version: 4, counts: { keys: 1, groups: 1 } });
});

test('serves from disk at a start, without asking anyone', async () => {
  const first = await fixture.open();
  await sync(first, source, fixture.clock);
  await first.keep.close();
  const second = await fixture.open();
  expect(second.current.pin()?.findKey(hash('acp_one'))?.id).toBe('key_1');
  expect(secretsOf(second.current.pin())).toEqual(['sk-one']);
  expect(await second.keep.question(1)).toMatchObject({ epoch: 'epoch-1', have: { base: 4, except: {} } });
});

test('a snapshot that a request holds never changes under it', async () => {
  const config = await fixture.open();
  await sync(config, source, fixture.clock);
  const pinned = config.current.pin();
  source.remove('grp_a', 'key', 'key_1');
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { status: 'suspended' }));
  await sync(config, source, fixture.clock);
  expect(pinned?.findKey(hash('acp_one'))?.id).toBe('key_1');
  expect(pinned?.findGroup('grp_a')?.status).toBe('active');
  expect(config.current.pin()?.findKey(hash('acp_one'))).toBeUndefined();
  expect(config.current.pin()?.findGroup('grp_a')?.status).toBe('suspended');
});

test('withdraws a key although an upsert beside it is poisoned, and keeps the last good revision', async () => {
  const config = await fixture.open();
  await sync(config, source, fixture.clock);
  const rev = source.put('grp_a', 'group', 'grp_a', { ...groupBody('grp_a'), services: 'rubbish' });
  source.remove('grp_a', 'key', 'key_1');
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  await sync(config, source, fixture.clock);
  const snapshot = config.current.pin();
  expect(snapshot?.findKey(hash('acp_one'))).toBeUndefined();
  expect(snapshot?.findKey(hash('acp_two'))?.id).toBe('key_2');
  expect(snapshot?.findGroup('grp_a')?.status).toBe('active');
  const { rejects } = await config.keep.question(1);
  expect(rejects).toEqual([
    { scope: 'grp_a', kind: 'group', id: 'grp_a', rev, code: 'invalid', message: expect.stringContaining('services') },
  ]);
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { name: 'cured' }));
  await sync(config, source, fixture.clock);
  expect(config.current.pin()?.findGroup('grp_a')?.name).toBe('cured');
  const cured = await config.keep.question(1);
  expect(cured.rejects).toEqual([]);
  expect(cured.digests['grp_a']).toBe(source.digest('grp_a'));
});

test('refuses what is too large, what its revision does not fit and what belongs elsewhere', async () => {
  const config = await fixture.open();
  source.put('grp_a', 'note', 'big', { text: 'x'.repeat(300 * 1024) });
  source.put('grp_a', 'key', 'key_9', keyBody('key_9', 'grp_other', 'acp_nine'));
  source.put('grp_a', 'key', 'key_8', keyBody('key_8', 'grp_a', 'acp_eight', { ip_allowlist: ['not an address'] }));
  const answer = source.answer(await config.keep.question(1));
  for (const change of answer.scopes) for (const upsert of change.upsert) if (upsert.id === 'key_1') upsert.rev = '0'.repeat(32);
  await config.keep.take(answer, fixture.clock);
  const { rejects } = await config.keep.question(1);
  expect(rejects.map(({ id, code }) => [id, code]).sort()).toEqual([
    ['big', 'too_large'],
    ['key_1', 'invalid'],
    ['key_8', 'invalid'],
    ['key_9', 'invalid'],
  ]);
  expect(config.current.pin()?.counts.keys).toBe(0);
});

test('keeps and counts a kind that it does not know', async () => {
  const config = await fixture.open();
  source.put('grp_a', 'telescope', 'tel_1', { anything: ['at', 'all'] });
  await sync(config, source, fixture.clock);
  const question = await config.keep.question(1);
  expect(question.rejects).toEqual([]);
  expect(question.digests['grp_a']).toBe(source.digest('grp_a'));
});

test('rolls a scope back when its digest does not fit, and asks for the whole', async () => {
  const config = await fixture.open();
  await sync(config, source, fixture.clock);
  source.remove('grp_a', 'key', 'key_1');
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  const answer = source.answer(await config.keep.question(1));
  const lossy = answer.scopes.map((change) => ({ ...change, upsert: [] }));
  const result = await config.keep.take({ ...answer, scopes: lossy }, fixture.clock);
  expect(result.mismatched).toEqual(['grp_a']);
  expect(config.current.pin()?.findKey(hash('acp_one'))?.id).toBe('key_1');
  const question = await config.keep.question(1);
  expect(question.have).toEqual({ base: source.head, except: { grp_a: 0 } });
  await sync(config, source, fixture.clock);
  expect(config.current.pin()?.findKey(hash('acp_one'))).toBeUndefined();
  expect(config.current.pin()?.findKey(hash('acp_two'))?.id).toBe('key_2');
  expect((await config.keep.question(1)).have).toEqual({ base: source.head, except: {} });
});

test('forgets a group that is dropped, secrets and all', async () => {
  const config = await fixture.open();
  await sync(config, source, fixture.clock);
  source.drop('grp_a');
  await sync(config, source, fixture.clock);
  expect(config.current.pin()).toMatchObject({ counts: { keys: 0, groups: 0 } });
  expect(Object.keys((await config.keep.question(1)).digests)).toEqual([globalScope]);
});

test('a key that moves to another group is usable there, whichever group comes first in the answer', async () => {
  for (const padding of [0, 3]) {
    const config = await fixture.open();
    await sync(config, source, fixture.clock);
    source.put('grp_b', 'group', 'grp_b', groupBody('grp_b'));
    for (let at = 0; at < padding; at += 1) source.put('grp_a', 'note', `not_${at}`, {});
    source.remove('grp_a', 'key', 'key_1');
    source.put('grp_b', 'key', 'key_1', keyBody('key_1', 'grp_b', 'acp_one'));
    await sync(config, source, fixture.clock);
    expect(config.current.pin()?.findKey(hash('acp_one'))?.groupId).toBe('grp_b');
    expect(config.current.pin()?.counts.keys).toBe(1);
    source.remove('grp_b', 'key', 'key_1');
    source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
    await sync(config, source, fixture.clock);
    await config.keep.close();
  }
});

test('says of every scope where it stands when an answer comes in several messages', async () => {
  const config = await fixture.open();
  await sync(config, source, fixture.clock);
  const base = source.head;
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  const answer = source.answer(await config.keep.question(1));
  await config.keep.take({ ...answer, head: base, more: true }, fixture.clock);
  expect((await config.keep.question(1)).have).toEqual({ base, except: { grp_a: base + 1 } });
  await config.keep.take({ ...answer, scopes: [], head: base + 5 }, fixture.clock);
  expect((await config.keep.question(1)).have).toEqual({ base: base + 5, except: {} });
});

test('compares everything by digest when the epoch changes, and lets versions go back with it', async () => {
  const config = await fixture.open();
  await sync(config, source, fixture.clock);
  source.remove('grp_a', 'key', 'key_1');
  source.epoch = 'epoch-2';
  source.head = 2;
  await sync(config, source, fixture.clock);
  expect(config.current.pin()).toMatchObject({ epoch: 'epoch-2', version: 2, counts: { keys: 0 } });
});

test('does not go back to what a lagging replica still says', async () => {
  const config = await fixture.open();
  const question = await config.keep.question(1);
  const old = source.answer(question);
  source.remove('grp_a', 'key', 'key_1');
  await sync(config, source, fixture.clock);
  await config.keep.take(old, fixture.clock);
  expect(config.current.pin()?.findKey(hash('acp_one'))).toBeUndefined();
  expect(config.current.pin()?.version).toBe(source.head);
});

test('takes a large scope in parts and shows none of it before the last', async () => {
  const config = await fixture.open();
  for (let at = 2; at <= 7; at += 1) source.put('grp_a', 'key', `key_${at}`, keyBody(`key_${at}`, 'grp_a', `acp_${at}`));
  const answer = source.answer(await config.keep.question(1));
  const whole = answer.scopes.find(({ scope }) => scope === 'grp_a');
  if (!whole) throw new Error('no scope');
  const rest = answer.scopes.filter(({ scope }) => scope !== 'grp_a');
  const [early, late] = [whole.upsert.slice(0, 5), whole.upsert.slice(5)];
  const junk = { ...whole.upsert[3], kind: 'key', id: 'key_junk' };
  const first = { ...whole, upsert: [...early, junk], next: 'token-1' };
  await config.keep.take({ ...answer, head: 0, more: true, scopes: [...rest, first] }, fixture.clock);
  expect(config.current.pin()?.findGroup('grp_a')).toBeUndefined();
  expect((await config.keep.question(1)).resume).toEqual({ grp_a: 'token-1' });
  const last = { ...whole, from: whole.to, upsert: late, remove: [['key', 'key_junk']], data_keys: [] };
  await config.keep.take({ ...answer, scopes: [last] }, fixture.clock);
  expect(config.current.pin()?.counts).toEqual({ keys: 7, groups: 1 });
  expect(secretsOf(config.current.pin())).toEqual(['sk-one']);
  expect((await config.keep.take({ ...answer, scopes: [last] }, fixture.clock)).mismatched).toEqual([]);
  const question = await config.keep.question(1);
  expect(question.resume).toBeUndefined();
  expect(question.digests['grp_a']).toBe(source.digest('grp_a'));
});

test('reports a credential that does not open, and uses it as soon as its key comes', async () => {
  const config = await fixture.open();
  await source.sealTo('grp_a', 'nod_another', fixture.publicKey);
  await sync(config, source, fixture.clock);
  expect((await config.keep.question(1)).rejects).toMatchObject([{ id: 'ups_1', code: 'unsealable' }]);
  expect(secretsOf(config.current.pin())).toEqual([]);
  await source.sealTo('grp_a', fixture.nodeId, fixture.publicKey);
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  await sync(config, source, fixture.clock);
  expect(secretsOf(config.current.pin())).toEqual(['sk-one']);
  expect((await config.keep.question(1)).rejects).toEqual([]);
});

test('calls a group stale when either clock says so, across a restart too', async () => {
  const config = await fixture.open();
  await sync(config, source, fixture.clock);
  const isStale = () => config.current.pin()?.findGroup('grp_a')?.isStale(fixture.clock.wallMs);
  fixture.clock.monotonicMs += 899_000;
  expect(isStale()).toBe(false);
  fixture.clock.monotonicMs += 2_000;
  expect(isStale()).toBe(true);
  fixture.clock.monotonicMs -= 901_000;
  fixture.clock.wallMs += 901_000;
  expect(isStale()).toBe(true);
  await config.keep.close();
  fixture.clock.monotonicMs = 5;
  const again = await fixture.open();
  expect(again.current.pin()?.findGroup('grp_a')?.isStale(fixture.clock.wallMs)).toBe(true);
  await sync(again, source, fixture.clock);
  expect(again.current.pin()?.findGroup('grp_a')?.isStale(fixture.clock.wallMs)).toBe(false);
});

test('calls a group stale in time though the wall clock was set back while no process ran', async () => {
  const config = await fixture.open();
  await sync(config, source, fixture.clock);
  await config.keep.close();
  fixture.clock.monotonicMs = 5;
  fixture.clock.wallMs -= 86_400_000;
  fixture.clock.upMs += 899_000;
  const again = await fixture.open();
  const isStale = () => again.current.pin()?.findGroup('grp_a')?.isStale(fixture.clock.wallMs);
  expect(isStale()).toBe(false);
  fixture.clock.monotonicMs += 2_000;
  expect(isStale()).toBe(true);
});

test('a folder that was enrolled anew keeps nothing of the node it was', async () => {
  const config = await fixture.open();
  await sync(config, source, fixture.clock);
  await config.keep.close();
  const again = await fixture.open('test', 'nod_other');
  expect(again.current.pin()).toBeUndefined();
  expect(await again.keep.question(1)).toMatchObject({ epoch: '', have: { base: 0, except: {} }, digests: {} });
});

test('forgets everything when it is told to, after a start too', async () => {
  const config = await fixture.open();
  await sync(config, source, fixture.clock);
  await config.keep.forget();
  expect(config.current.pin()).toMatchObject({ counts: { keys: 0, groups: 0 } });
  fixture.crash();
  const again = await fixture.open();
  expect(again.current.pin()).toBeUndefined();
});

test('refuses to share its folder with a second node', async () => {
  await fixture.open();
  await expect(fixture.open()).rejects.toThrow(DataDirBusy);
});

test('sets a damaged file aside and starts empty', async () => {
  writeFileSync(join(fixture.dataDir, 'config.db'), 'this is no database at all, '.repeat(400));
  const config = await fixture.open();
  expect(config.current.pin()).toBeUndefined();
  await sync(config, source, fixture.clock);
  expect(config.current.pin()?.counts.keys).toBe(1);
});
