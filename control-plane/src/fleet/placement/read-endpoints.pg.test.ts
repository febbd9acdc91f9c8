import { afterAll, expect, it } from 'vitest';
import { startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { insertGroup, plainFacts } from '../../../test/plain-config.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { readEndpoints } from './read-endpoints.ts';

const pg = await freshDatabase();
const replica = await startReplica(pg, plainFacts, { now: () => new Date() });
afterAll(async () => {
  await replica.close();
  await pg.close();
});

async function newNode(role: 'edge' | 'central', listen: string): Promise<void> {
  const wanted = { role, groupIds: null, expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, wanted, 'http://cp.test');
  const edge = await TestEdge.enroll(replica, registrationToken);
  await edge.openSession(replica, { listen });
  await edge.heartbeat(replica);
}

it('names the nodes that serve the group now, with an address a client can use', async () => {
  const groupId = await insertGroup(pg.db);
  await newNode('edge', '10.0.0.7:8082');
  await newNode('edge', '0.0.0.0:9000');
  await newNode('central', '127.0.0.1:8081');
  const endpoints = await readEndpoints(replica.ctx, plainFacts, groupId);
  expect(endpoints.map(({ baseUrl }) => baseUrl)).toEqual(['http://10.0.0.7:8082', 'http://127.0.0.1:9000']);
});

it('tells a stranger that there is no such group', async () => {
  await expect(readEndpoints(replica.ctx, plainFacts, 'grp_unknown')).rejects.toMatchObject({ status: 404 });
});
