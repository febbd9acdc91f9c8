import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { readRegistrationToken } from '@aicarpool/shared-protocol';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { call, newSealingKey, type Replica, send, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { insertGroup, insertUpstream, plainDataKeys, plainFacts } from '../../../test/plain-config.ts';
import { openDatabase } from '../../kernel/db.ts';
import { type HttpEnv, replyError, requestContext } from '../../kernel/http/request-context.ts';
import { newLogger } from '../../kernel/log/log.ts';
import { edgeApi } from '../edge-api.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { startFleet } from '../start-fleet.ts';
import { rotateSigningKeys } from './signing-keys/rotate-signing-keys.ts';

it('lets no private key, session key, node token or registration secret into logs, answers or the database', async () => {
  const pg = await freshDatabase();
  let logged = '';
  const lines = new PassThrough();
  lines.on('data', (chunk) => {
    logged += chunk;
  });
  const database = openDatabase({ url: pg.url });
  const ctx = testCtx(pg, undefined, { db: database.db, log: newLogger('debug', lines) });
  const fleet = await startFleet(ctx, { database, publicUrl: 'http://cp.test', facts: plainFacts });
  const app = new Hono<HttpEnv>();
  app.use(requestContext(ctx, () => '127.0.0.1'));
  app.onError(replyError);
  app.route('/api/v1/edge-nodes', edgeApi(fleet));
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/edge-nodes`;
  const replica: Replica = { fleet, ctx, url, close: async () => undefined };
  const answers: string[] = [];
  const groupId = await insertGroup(pg.db);
  await insertUpstream(pg.db, groupId, 'shared');
  const input = { role: 'edge', groupIds: [groupId], expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(ctx, input, '');
  const edge = await TestEdge.enroll(replica, registrationToken, { sealing_key: newSealingKey() });
  answers.push((await edge.openSession(replica)).text, (await edge.heartbeat(replica)).text);
  await edge.sync(replica);
  const firstKey = edge.token.key;
  answers.push((await edge.renew(replica)).text);
  const simple = await issueRegistrationToken(ctx, input, '');
  const { body } = await call(`${url}/register`, simple.registrationToken, {});
  const forged = edge.token.call('POST', '/heartbeat', '{}');
  for (const headers of [forged, forged, { authorization: `Bearer ${registrationToken}` }, { authorization: 'Bearer acn_wrong' }])
    answers.push((await send(`${url}/heartbeat`, 'POST', '{"x":', headers)).text);
  answers.push((await call(`${url}/register`, registrationToken, {})).text, ...edge.received);
  ctx.log.warn(
    { headers: { authorization: forged['authorization'] } },
    `failed with ${forged['authorization']} and ${registrationToken}`,
  );
  ctx.log.error({ error: new Error(`could not use ${registrationToken}`) }, 'a bug');
  await rotateSigningKeys(ctx, fleet.signingKeys);
  const tables = await pg.db.execute<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`);
  let stored = '';
  for (const { name } of tables) {
    const rows = await pg.db.execute<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`);
    for (const { row } of rows) stored += `${row}\n`;
  }
  await fleet.close();
  server.close();
  await database.close();
  await pg.close();

  const secrets = {
    'identity key': edge.token.pair.privateKey,
    'first session key': firstKey.toString('base64url'),
    'second session key': edge.token.key.toString('base64url'),
    'second session key, hex': edge.token.key.toString('hex'),
    'registration secret': readRegistrationToken(registrationToken)?.secret ?? '',
    'data key': plainDataKeys.get(groupId)?.toString('base64') ?? '',
    'data key, hex': plainDataKeys.get(groupId)?.toString('hex') ?? '',
    'node token': body.data.node_token,
  };
  expect([logged.length > 2000, stored.includes(edge.nodeId), answers.join('').includes(edge.nodeId)]).toEqual([
    true,
    true,
    true,
  ]);
  for (const [name, secret] of Object.entries(secrets)) {
    expect([name, secret.length > 20]).toEqual([name, true]);
    for (const [place, text] of Object.entries({ logged, stored, answers: answers.join('\n') }))
      expect([name, place, text.includes(secret)]).toEqual([name, place, false]);
  }
  expect(logged).not.toContain(forged['authorization']);
});
