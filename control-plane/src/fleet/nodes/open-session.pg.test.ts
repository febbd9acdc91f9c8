import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { plainFacts } from '../../../test/plain-config.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { getNodeRow } from './find-node.ts';

const pg = await freshDatabase();
const replica = await startReplica(pg, plainFacts);
afterAll(async () => {
  await replica.close();
  await pg.close();
});

it('counts sessions without a gap when many open at once, and audits a ledger that was not seen before', async () => {
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  const edge = await TestEdge.enroll(replica, registrationToken);
  await edge.openSession(replica, { incarnation: 'first', last_seq: 3 });
  const replies = await Promise.all(Array.from({ length: 8 }, () => edge.openSession(replica, { incarnation: 'first' })));
  expect(replies.map(({ body }) => body.data.session_no).sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  await edge.openSession(replica, { incarnation: 'second', last_seq: 0, listen: '10.0.0.1:8082' });

  const audits = await pg.db
    .select()
    .from(kernelAudit)
    .where(eq(kernelAudit.action, 'fleet.node.new_ledger'))
    .orderBy(kernelAudit.at);
  expect(audits.map(({ before, after }) => [before, after])).toEqual([
    [
      { incarnation: null, last_seq: 0 },
      { incarnation: 'first', last_seq: 3 },
    ],
    [
      { incarnation: 'first', last_seq: 0 },
      { incarnation: 'second', last_seq: 0 },
    ],
  ]);
  expect(await getNodeRow(pg.db, edge.nodeId)).toMatchObject({ sessionNo: 10, listen: '10.0.0.1:8082', protocol: 1 });
});
