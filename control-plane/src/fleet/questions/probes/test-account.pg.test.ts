import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeUpstream, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { call, type EventReader, type Replica, startReplica, TestEdge } from '../../../../test/edge-harness.ts';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { updateGroup } from '../../../carpool/groups/update-group.ts';
import { dataKeysOf, listPlaceableGroups, readFactAt, readResources, readScope } from '../../../carpool/index.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { issueRegistrationToken } from '../../enrollment/issue-registration-token.ts';
import { testAccount, testService } from './test-account.ts';

let pg: TestPg;
let replica: Replica;
let manager: Awaited<ReturnType<typeof newPerson>>;
let group: { id: string };
let upstreamId: string;
let edge: TestEdge;
let events: EventReader;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  replica = await startReplica(pg, { listPlaceableGroups, readScope, readResources, readFactAt, dataKeysOf });
  manager = await newPerson(pg);
  group = await makeGroup(manager, { deployment_mode: 'distributed' });
  upstreamId = (await makeUpstream(manager, group.id)).id;
  await updateGroup(manager, group.id, { status: 'active' });
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  edge = await TestEdge.enroll(replica, registrationToken, { node_name: 'Berlin' });
  await edge.openSession(replica);
  events = await edge.events(replica);
});
afterAll(async () => {
  events.close();
  await replica.close();
  await pg.close();
});

async function answer(result: object) {
  const { probe } = await events.nextOf('probe');
  await call(`${replica.url}/probe-answers`, edge.token, { session_no: edge.sessionNo, probe_id: probe.probe_id, result });
  return probe;
}

const good = {
  ok: true,
  upstream_id: 'ups_x',
  response_time_ms: 850,
  text: 'Hello! I received your test message.',
  model: 'claude-3-5-sonnet-20241022',
  input_tokens: 8,
  output_tokens: 12,
  exit_address: null,
  forwarding_headers: null,
};

describe('testService', () => {
  it('answers as the requirements say, and leaves an audit row', async () => {
    const asking = testService(manager, replica.fleet, { groupId: group.id, serviceId: 'claude' }, { test_message: 'Hi there' });
    const probe = await answer(good);
    expect(probe).toMatchObject({ kind: 'account', service: 'claude', upstream_id: null, model: null, message: 'Hi there' });
    expect(await asking).toMatchObject({
      service_name: 'claude',
      status: 'healthy',
      response_time_ms: 850,
      test_response: 'Hello! I received your test message.',
      model_used: 'claude-3-5-sonnet-20241022',
      tokens_used: { input: 8, output: 12, total: 20 },
      node_id: edge.nodeId,
      error: null,
    });
    const rows = await pg.db.select().from(kernelAudit);
    expect(rows.filter(({ action }) => action === 'carpool.upstream.test')).toMatchObject([
      { targetKind: 'service', targetId: 'claude', groupId: group.id, actorId: manager.userId },
    ]);
  });

  it('tells what a node could not do', async () => {
    const asking = testAccount(manager, replica.fleet, { groupId: group.id, upstreamId }, { model: 'claude-x' });
    const failure = {
      ok: false,
      code: 'authentication_error',
      message: 'invalid x-api-key',
      http_status: 401,
      response_time_ms: 90,
    };
    expect(await answer(failure)).toMatchObject({ upstream_id: upstreamId, model: 'claude-x', service: 'claude' });
    expect(await asking).toMatchObject({
      status: 'unhealthy',
      test_response: null,
      tokens_used: null,
      error: { type: 'authentication_error', message: 'invalid x-api-key', http_status: 401 },
    });
  });

  it('asks for a model where the service lists none, and calls no account unhealthy for that', async () => {
    const asking = testAccount(manager, replica.fleet, { groupId: group.id, upstreamId }, {});
    const refused = expect(asking).rejects.toMatchObject({ status: 400, code: 'model_needed' });
    await answer({ ok: false, code: 'model_unknown', message: 'none', http_status: null, response_time_ms: null });
    await refused;
  });

  it('is for managers, about their own group', async () => {
    const test = (ctx: typeof manager, serviceId = 'claude', upstream_id?: string) =>
      testService(
        ctx,
        replica.fleet,
        { groupId: group.id, serviceId },
        upstream_id === undefined ? {} : { upstream_id: upstream_id as never },
      );
    const member = await newPerson(pg, 'group_member');
    await join(member, group);
    await expect(test(member)).rejects.toMatchObject({ status: 403 });
    await expect(testAccount(member, replica.fleet, { groupId: group.id, upstreamId }, {})).rejects.toMatchObject({
      status: 403,
    });
    await expect(test(await newPerson(pg))).rejects.toMatchObject({ status: 404 });
    await expect(test(manager, 'gemini')).rejects.toMatchObject({ code: 'service_not_in_group' });
    const elsewhere = await makeGroup(manager);
    const theirs = await makeUpstream(manager, elsewhere.id);
    await expect(test(manager, 'claude', theirs.id)).rejects.toMatchObject({ code: 'upstream_unknown' });
  });
});
