import { createHash } from 'node:crypto';
import { revisionOf } from '@aicarpool/shared-protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { call, newSealingKey, startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import {
  changeGroup,
  deleteKeys,
  insertGroup,
  insertKeys,
  insertUpstream,
  nameNodes,
  plainDataKeys,
  plainFacts,
} from '../../../test/plain-config.ts';
import { currentHead, pruneChangeLog } from '../../kernel/change-log.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { confirmations } from '../placement/confirmations.ts';
import { nodesFor } from '../placement/nodes-for.ts';

const pg = await freshDatabase();
const replica = await startReplica(pg, plainFacts);
const other = await startReplica(pg, plainFacts);
afterAll(async () => {
  await Promise.all([replica.close(), other.close()]);
  await pg.close();
});

async function newEdge(over: object = {}, request: object = {}): Promise<TestEdge> {
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60, ...over } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  const edge = await TestEdge.enroll(replica, registrationToken, request);
  await edge.openSession(replica);
  return edge;
}

async function expectRight(edge: TestEdge, scopes: readonly string[]): Promise<void> {
  expect([...edge.model.scopes.keys()].sort()).toEqual([...scopes].sort());
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  for (const scope of scopes) {
    const facts = await plainFacts.readScope(pg.db, scope);
    const revisions = facts.map(({ kind, id, body }) => revisionOf(sha256, kind, id, body)).sort();
    const held = [...(edge.model.scopes.get(scope)?.resources.values() ?? [])].map(({ rev }) => rev).sort();
    expect(held).toEqual(revisions);
  }
}

describe('sync', () => {
  it('brings the scopes that placement gives, then what changed, then drops', async () => {
    const groupId = await insertGroup(pg.db);
    const edge = await newEdge({ groupIds: [groupId] });
    const keys = await insertKeys(pg.db, groupId, 3);
    await edge.sync(replica);
    await expectRight(edge, ['global', groupId]);

    await insertKeys(pg.db, groupId, 1);
    await deleteKeys(pg.db, keys.slice(0, 1));
    await edge.sync(other);
    await expectRight(edge, ['global', groupId]);
    const changes = JSON.parse(edge.received.at(-2) ?? '').data.scopes;
    expect(changes).toMatchObject([{ scope: groupId, mode: 'delta', remove: [['key', keys[0]]] }]);

    await changeGroup(pg.db, groupId, { status: 'closed' });
    await edge.sync(replica);
    await expectRight(edge, ['global']);
    expect(edge.model.mismatches).toBe(0);
  });

  it('lets nothing of a group reach a node that does not serve it', async () => {
    const mine = await insertGroup(pg.db);
    const theirs = await insertGroup(pg.db, { name: 'canary-group' });
    const edge = await newEdge({ groupIds: [mine] }, { sealing_key: newSealingKey() });
    await insertUpstream(pg.db, theirs, 'canary-upstream');
    await insertUpstream(pg.db, mine, 'mine');
    const foreign = await insertKeys(pg.db, theirs, 2);
    edge.model.scopes.set(theirs, { version: 1, resources: new Map() });
    await edge.sync(replica);
    const wire = edge.received.join('\n');
    for (const canary of ['canary', ...foreign]) expect(wire).not.toContain(canary);
    expect(wire).toContain('"mine"');
    await expectRight(edge, ['global', mine]);
  });

  it('sends data keys sealed and never in clear, once until they are confirmed', async () => {
    const groupId = await insertGroup(pg.db);
    const edge = await newEdge({ groupIds: [groupId] }, { sealing_key: newSealingKey() });
    await insertUpstream(pg.db, groupId, 'first');
    await call(`${replica.url}/sync`, edge.token, edge.model.request(edge.sessionNo)); // this answer is lost
    await edge.sync(replica);
    expect(edge.dataKeys).toHaveLength(1);
    await insertUpstream(pg.db, groupId, 'second');
    await edge.sync(other);
    expect(edge.dataKeys).toHaveLength(1);
    const clear = plainDataKeys.get(groupId) ?? Buffer.alloc(0);
    for (const form of ['base64', 'base64url', 'hex'] as const)
      expect(edge.received.join('')).not.toContain(clear.toString(form));

    const blind = await newEdge({ groupIds: [groupId] });
    await blind.sync(replica);
    expect(blind.dataKeys).toEqual([]);
    await expectRight(blind, ['global', groupId]);
  });

  it('sends a data key again when it came with an answer that was lost', async () => {
    const groupId = await insertGroup(pg.db);
    const edge = await newEdge({ groupIds: [groupId] }, { sealing_key: newSealingKey() });
    await edge.sync(replica);
    await insertUpstream(pg.db, groupId, 'late');
    await call(`${replica.url}/sync`, edge.token, edge.model.request(edge.sessionNo)); // lost
    await edge.sync(replica);
    expect(edge.dataKeys.map(({ version }) => version)).toEqual([1]);
  });

  it('sends a large scope in parts, though it changes and the replica changes meanwhile', async () => {
    const groupId = await insertGroup(pg.db);
    const keys = await insertKeys(pg.db, groupId, 12_000);
    const edge = await newEdge({ groupIds: [groupId] });
    for (let round = 0; ; round += 1) {
      const { body } = await call(`${round % 2 ? other.url : replica.url}/sync`, edge.token, edge.model.request(edge.sessionNo));
      edge.model.apply(body.data);
      if (!body.data.more) break;
      await deleteKeys(pg.db, keys.slice(round * 50, round * 50 + 50));
      await insertKeys(pg.db, groupId, 20);
    }
    await expectRight(edge, ['global', groupId]);
    expect(edge.model.mismatches).toBe(0);
  });

  it('falls back to the whole scope when the log was pruned, and when the digest is wrong', async () => {
    const groupId = await insertGroup(pg.db);
    const edge = await newEdge({ groupIds: [groupId] });
    await edge.sync(replica);
    await insertKeys(pg.db, groupId, 2);
    await insertKeys(pg.db, groupId, 1);
    await pruneChangeLog(pg.db, new Date(Date.now() + 60_000));
    await edge.sync(replica);
    await expectRight(edge, ['global', groupId]);

    edge.model.corrupt(groupId);
    await edge.sync(replica);
    await expectRight(edge, ['global', groupId]);
    expect(edge.model.mismatches).toBe(0);
  });

  it('does not send a scope again and again while the node refuses a part of it', async () => {
    const groupId = await insertGroup(pg.db);
    const [keyId = ''] = await insertKeys(pg.db, groupId, 1);
    const edge = await newEdge({ groupIds: [groupId] });
    await edge.sync(replica);
    edge.model.scopes.get(groupId)?.resources.delete(`key/${keyId}`);
    const reject = { scope: groupId, kind: 'key', id: keyId, rev: 'x', code: 'invalid', message: 'no' };
    const request = { ...edge.model.request(edge.sessionNo), rejects: [reject] };
    const { body } = await call(`${replica.url}/sync`, edge.token, request);
    expect(body.data.scopes).toEqual([]);
  });

  it('counts who confirmed a change, and who must still forget', async () => {
    const groupId = await insertGroup(pg.db);
    const [first, second] = [await newEdge({ groupIds: [groupId] }), await newEdge({ groupIds: [groupId] })];
    await Promise.all([first.sync(replica), second.sync(other)]);
    const [keyId = ''] = await insertKeys(pg.db, groupId, 1);
    const { head } = await currentHead(pg.db);
    expect(await confirmations(pg.db, plainFacts, groupId, head, new Date())).toMatchObject({ confirmed: 0, total: 2 });
    await first.sync(other);
    expect(await confirmations(pg.db, plainFacts, groupId, head, new Date())).toMatchObject({
      confirmed: 1,
      total: 2,
      pending: [{ nodeId: second.nodeId }],
    });

    await nameNodes(pg.db, groupId, [first.nodeId]);
    await deleteKeys(pg.db, [keyId]);
    const revoked = (await currentHead(pg.db)).head;
    await first.sync(replica);
    expect(await confirmations(pg.db, plainFacts, groupId, revoked, new Date())).toMatchObject({ confirmed: 1, total: 2 });
    await second.sync(replica);
    expect(await confirmations(pg.db, plainFacts, groupId, revoked, new Date())).toMatchObject({ confirmed: 1, total: 1 });
    const keepers = await nodesFor(replica.ctx, groupId);
    const untilAt = new Map(keepers.map((keeper) => [keeper.nodeId, keeper.untilAt]));
    expect(untilAt).toEqual(
      new Map([
        [first.nodeId, null],
        [second.nodeId, expect.any(Date)],
      ]),
    );
  });
});
