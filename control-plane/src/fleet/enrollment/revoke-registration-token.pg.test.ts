import { afterAll, expect, it } from 'vitest';
import { call, startReplica } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { plainFacts } from '../../../test/plain-config.ts';
import { issueRegistrationToken } from './issue-registration-token.ts';
import { revokeRegistrationToken } from './revoke-registration-token.ts';

const pg = await freshDatabase();
const replica = await startReplica(pg, plainFacts);
afterAll(async () => {
  await replica.close();
  await pg.close();
});

it('makes a token useless, once', async () => {
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
  const { id, registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  await revokeRegistrationToken(replica.ctx, id);
  expect((await call(`${replica.url}/register`, registrationToken, {})).status).toBe(401);
  await expect(revokeRegistrationToken(replica.ctx, id)).rejects.toMatchObject({ code: 'registration_not_found' });
});
