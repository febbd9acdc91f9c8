import type { SyncAnswer } from '@aicarpool/shared-protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CenterIdentity } from '../../test/center-identity.ts';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, sha256, upstreamBody } from '../../test/config-source.ts';
import { type KeepFixture, keepFixture } from '../../test/keep-fixture.ts';
import { ConfigTrust } from './config-trust.ts';
import type { OpenConfig } from './open-keep.ts';

let fixture: KeepFixture;
let source: ConfigSource;
let config: OpenConfig;

beforeEach(async () => {
  fixture = await keepFixture();
  source = new ConfigSource();
  source.put(globalScope, 'service', 'claude', serviceBody('claude'));
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { config_valid_s: 900 }));
  source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
  await source.sealTo('grp_a', fixture.nodeId, fixture.publicKey);
  const secret = source.sealSecret('grp_a', 'ups_1', 'sk-from-afar');
  source.put('grp_a', 'upstream', 'ups_1', upstreamBody('ups_1', 'grp_a', secret));
  config = await fixture.open();
});
afterEach(async () => {
  await config.keep.close();
  fixture.remove();
});

const knows = (text: string) => config.current.pin()?.findKey(sha256(text)) !== undefined;
const secretOf = () => config.current.pin()?.findGroup('grp_a')?.services[0]?.upstreams[0]?.secret();

async function ask(): Promise<{ answer: SyncAnswer; nonce: string }> {
  const question = await config.keep.question(1);
  return { answer: source.answer(question), nonce: question.nonce ?? '' };
}

test('takes nothing that was changed after it was signed, nor what another signed, nor what is for another node or question', async () => {
  const { center } = fixture;
  const { answer: older, nonce: olderNonce } = await ask();
  const replayed = center.seal(older, olderNonce);
  const { answer, nonce } = await ask();
  const good = center.seal(answer, nonce);
  const [change] = answer.scopes;
  const [upsert] = change?.upsert ?? [];
  const refusals: [unknown, string][] = [
    [new CenterIdentity().seal(answer, nonce), 'unknown_signer'],
    [{ ...good, epoch: 'another' }, 'bad_signature'],
    [{ ...good, head: good.head + 1 }, 'bad_signature'],
    [{ ...good, scopes: [] }, 'bad_signature'],
    [{ ...good, scopes: [{ ...change, upsert: [{ ...upsert, rev: '0'.repeat(32) }] }] }, 'bad_signature'],
    [{ ...good, seal: { ...good.seal, node_id: 'nod_other' } }, 'bad_signature'],
    [{ ...good, seal: { ...good.seal, valid_s: 1 } }, 'bad_signature'],
    [center.seal(answer, nonce, 'nod_other'), 'other_node'],
    [replayed, 'other_question'],
  ];
  for (const [bad, refused] of refusals) {
    const taken = await config.keep.take(bad, fixture.clock);
    expect(taken).toMatchObject({ changed: false, refused });
    expect(config.current.pin()).toBeUndefined();
  }
  expect(await config.keep.take(good, fixture.clock)).toMatchObject({ changed: true });
  expect(knows('acp_one')).toBe(true);
});

test('takes nothing that nobody signed', () => {
  const trust = new ConfigTrust(fixture.nodeId, fixture.center.signers());
  trust.nextQuestion();
  const answer = source.answer({ epoch: '', have: { base: 0, except: {} }, digests: {} });
  expect(trust.refuse(answer)).toBe('unsigned');
  expect(trust.refuseExported(answer, 0)).toBe('unsigned');
  expect(trust.nextQuestion()).toMatchObject({ refused: 'unsigned' });
});

test('keeps what it has when an answer is refused, says why in the next question, and is cured by a good one', async () => {
  const first = await ask();
  await config.keep.take(fixture.center.seal(first.answer, first.nonce), fixture.clock);
  source.remove('grp_a', 'key', 'key_1');
  const { answer, nonce } = await ask();
  await config.keep.take(fixture.center.seal(answer, nonce, 'nod_other'), fixture.clock);
  expect(knows('acp_one')).toBe(true);
  const question = await config.keep.question(1);
  expect(question).toMatchObject({ refused: 'other_node', have: { base: first.answer.head } });
  await config.keep.take(fixture.center.seal(source.answer(question), question.nonce ?? ''), fixture.clock);
  expect(knows('acp_one')).toBe(false);
  expect((await config.keep.question(1)).refused).toBeUndefined();
});

test('a body that does not belong to its signed revision is refused by itself', async () => {
  const { answer, nonce } = await ask();
  const good = fixture.center.seal(answer, nonce);
  const scopes = good.scopes.map((change) => ({
    ...change,
    upsert: change.upsert.map((one) => (one.kind === 'key' ? { ...one, body: { ...one.body, user_id: 'usr_thief' } } : one)),
  }));
  await config.keep.take({ ...good, scopes }, fixture.clock);
  expect(knows('acp_one')).toBe(false);
});

test('an exported snapshot begins an empty node with its secrets, counts as old as it is, and is taken only by its node in its time', async () => {
  const { center, clock } = fixture;
  const exportedMs = clock.wallMs;
  const answer = {
    ...source.answer({ epoch: '', have: { base: 0, except: {} }, digests: {} }),
    center_time: new Date(exportedMs).toISOString(),
  };
  const snapshot = center.seal(answer, '');
  const other = center.seal(answer, '', 'nod_other');
  expect(await config.keep.begin(other)).toMatchObject({ refused: 'other_node' });
  expect(await config.keep.begin(center.seal(answer, 'a-nonce'))).toMatchObject({ refused: 'other_question' });
  expect(await config.keep.begin({ ...snapshot, head: 99 })).toMatchObject({ refused: 'bad_signature' });
  clock.wallMs += 86_400_001;
  expect(await config.keep.begin(snapshot)).toMatchObject({ refused: 'older' });
  clock.wallMs = exportedMs + 600_000;
  expect(await config.keep.begin(snapshot)).toMatchObject({ changed: true });
  expect([knows('acp_one'), secretOf()]).toEqual([true, 'sk-from-afar']);
  const group = () => config.current.pin()?.findGroup('grp_a');
  expect(group()?.isStale(clock.wallMs)).toBe(false);
  clock.wallMs += 301_000;
  expect(group()?.isStale(clock.wallMs)).toBe(true);
  expect(await config.keep.begin(snapshot)).toMatchObject({ refused: 'older' });
});

test('the nonce of a question never answers a file, nor a file a question', async () => {
  const { answer } = await ask();
  expect(await config.keep.take(fixture.center.seal(answer, ''), fixture.clock)).toMatchObject({ refused: 'other_question' });
});
