import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, sha256, upstreamBody } from '../../test/config-source.ts';
import { type KeepFixture, keepFixture, sync } from '../../test/keep-fixture.ts';
import { FollowedConfig } from './follow/follow-config.ts';
import type { OpenConfig } from './open-keep.ts';
import type { Snapshot } from './snapshot.ts';

let fixture: KeepFixture;
let source: ConfigSource;

beforeEach(async () => {
  fixture = await keepFixture();
  source = new ConfigSource();
  await source.sealTo('grp_a', fixture.nodeId, fixture.publicKey);
  source.put(globalScope, 'service', 'claude', serviceBody('claude'));
  for (const scope of ['grp_a', 'grp_b']) source.put(scope, 'group', scope, groupBody(scope));
  source.put('grp_a', 'upstream', 'ups_1', upstreamBody('ups_1', 'grp_a', source.sealSecret('grp_a', 'ups_1', 'sk-one')));
  source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one', { token_limit: 4 }));
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  source.put('grp_b', 'key', 'key_3', keyBody('key_3', 'grp_b', 'acp_three'));
  const first = await fixture.open();
  await sync(first, source, fixture.clock);
  await first.keep.close();
});
afterEach(() => fixture.remove());

function spoil(statement: string): void {
  const db = new Database(join(fixture.dataDir, 'config.db'));
  expect(db.prepare(statement).run().changes).toBe(1);
  db.close();
}

const has = (snapshot: Snapshot | undefined, text: string) => snapshot?.findKey(sha256(text)) !== undefined;
const damaged = (config: OpenConfig) => [...(config.current.pin()?.damaged ?? [])];
const sound = { acp_one: true, acp_two: true, acp_three: true, grp_a: true, grp_b: true };
function seen(snapshot: Snapshot | undefined) {
  const keys = ['acp_one', 'acp_two', 'acp_three'].map((text) => [text, has(snapshot, text)]);
  const groups = ['grp_a', 'grp_b'].map((id) => [id, snapshot?.findGroup(id) !== undefined]);
  return Object.fromEntries([...keys, ...groups]);
}

const inBody = (id: string, from: string, to: string) =>
  `UPDATE resource SET body = replace(body, '${from}', '${to}') WHERE id = '${id}' AND instr(body, '${from}') > 0`;

const otherKey = `UPDATE data_key SET ciphertext = iif(substr(ciphertext, 1, 1) = 'A', 'B', 'A') || substr(ciphertext, 2) WHERE scope = 'grp_a'`;

test.each([
  ['a limit of a key', inBody('key_1', '"token_limit":4', '"token_limit":5'), { ...sound, acp_one: false }, 'grp_a'],
  ['an address', inBody('ups_1', '"priority":', '"priorita":'), sound, 'grp_a'],
  ['a body that is no JSON any more', inBody('key_1', '"token_limit"', '#token_limit"'), { ...sound, acp_one: false }, 'grp_a'],
  ['a group', inBody('grp_a', '"name":"', '"name":"X'), { ...sound, grp_a: false }, 'grp_a'],
  ['a service', inBody('claude', 'https', 'httqs'), sound, globalScope],
  ['a revision', `UPDATE resource SET rev = '0' || substr(rev, 2) WHERE id = 'grp_a'`, { ...sound, grp_a: false }, 'grp_a'],
  ['a data key', otherKey, sound, 'grp_a'],
  ['a row that is gone', `DELETE FROM resource WHERE id = 'key_1'`, { ...sound, acp_one: false, grp_a: false }, 'grp_a'],
  [
    'the name of a scope',
    `UPDATE scope SET scope = 'grp_c' WHERE scope = 'grp_b'`,
    { ...sound, acp_three: false, grp_b: false },
    'grp_b',
  ],
] as const)(
  '%s that changed on disk is found at the start, known at the next, and made whole',
  async (_what, change, left, scope) => {
    spoil(change);
    const first = await fixture.open();
    expect(seen(first.current.pin())).toEqual(left);
    expect(damaged(first)).toContain(scope);
    await first.keep.close();
    const second = await fixture.open();
    expect(seen(second.current.pin())).toEqual(left);
    expect(damaged(second)).toContain(scope);
    const { dataDir, identity, clock } = fixture;
    const clocks = { nowMs: () => clock.wallMs, monotonicMs: () => clock.monotonicMs };
    const options = { dataDir, identity, clocks, log: { warn: () => undefined }, contact: second.contact() };
    const followed = await FollowedConfig.open(options);
    second.news.follow((one) => void followed.hear(one));
    expect(seen(followed.current.pin())).toEqual(left);
    expect([...(followed.current.pin()?.damaged ?? [])]).toContain(scope);
    // The control plane drops what it does not serve to this node.
    source.drop('grp_c');
    await sync(second, source, clock);
    await followed.hear({ is: 'contact', contact: second.contact() });
    for (const { current } of [second, followed]) {
      expect(seen(current.pin())).toEqual(sound);
      expect(current.pin()?.damaged.size).toBe(0);
      expect(
        current
          .pin()
          ?.findGroup('grp_a')
          ?.services.flatMap(({ upstreams }) => upstreams),
      ).toHaveLength(1);
    }
    await followed.close();
    expect((await second.keep.question(1)).digests['grp_a']).toBe(source.digest('grp_a'));
    await second.keep.close();
    const third = await fixture.open();
    expect(damaged(third)).toEqual([]);
    expect(seen(third.current.pin())).toEqual(sound);
  },
);
