import { type SignInStart, serviceChange, signInFinish, signInStart } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addressPolicy, join, makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { OAuthProvider } from '../../../test/oauth-provider.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { setGroupServices } from '../groups/set-group-services.ts';
import { updateService } from '../services/update-service.ts';
import { carpoolSignInFlows, carpoolSignIns, carpoolUpstreams } from '../tables.ts';
import { listOwnUpstreams } from '../upstreams/own/own-upstreams.ts';
import { dataKeysOf } from '../upstreams/secrets/data-keys.ts';
import { openCredential } from '../upstreams/secrets/seal-credential.ts';
import { updateUpstream } from '../upstreams/update-upstream.ts';
import { finishSignIn } from './finish-sign-in.ts';
import { pollSignIn } from './poll-sign-in.ts';
import { startSignIn } from './start-sign-in.ts';

let pg: TestPg;
let provider: OAuthProvider;
let manager: Awaited<ReturnType<typeof newPerson>>;
let group: { id: string };
const policy = addressPolicy({}, '127.0.0.0/8');
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  provider = await new OAuthProvider().start();
  await configure({});
});
afterAll(async () => {
  await provider.close();
  await pg.close();
});
beforeEach(async () => {
  manager = await newPerson(pg);
  group = await makeGroup(manager);
  provider.failure = undefined;
});

async function configure(over: object) {
  const oauth = { ...provider.settings(), ...over };
  const admin = await newPerson(pg, 'admin');
  return await updateService(admin, policy, 'claude', serviceChange.parse({ oauth }));
}

const start = (over: object = {}, ctx = manager) =>
  startSignIn(ctx, policy, group.id, signInStart.parse({ service_name: 'claude', name: 'Mine', ...over }) satisfies SignInStart);
const finish = (input: object, ctx = manager) => finishSignIn(ctx, policy, group.id, signInFinish.parse(input));
const poll = (state: string, ctx = manager) => pollSignIn(ctx, policy, group.id, state);
const later = (ctx: typeof manager, seconds: number) => ({
  ...ctx,
  clock: { now: () => new Date(ctx.clock.now().getTime() + seconds * 1000) },
});

async function secretOf(upstreamId: string): Promise<string> {
  const [row] = await pg.db
    .select()
    .from(carpoolUpstreams)
    .where(eq(carpoolUpstreams.id, upstreamId as never));
  const [dataKey] = await dataKeysOf(testCtx(pg), pg.db, group.id);
  if (!row?.credential || !dataKey) throw new Error('nothing is sealed');
  return openCredential(dataKey, { upstreamId, groupId: group.id }, row.credential);
}

describe('signing in by authorization code', () => {
  it('adds an account whose access token nodes get and whose refresh token nobody gets', async () => {
    const begun = await start({ priority: 4 });
    expect(begun).toMatchObject({ flow: 'code', user_code: null, notices: [expect.stringContaining('one person')] });
    const url = new URL(begun.authorization_url ?? '');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'carpool',
      code_challenge_method: 'S256',
      scope: 'openid models',
      state: begun.state,
    });
    const account = await finish({ state: begun.state, callback_url: provider.agree(url.href).href });
    expect(account).toMatchObject({
      name: 'Mine',
      auth_type: 'oauth',
      owner_id: null,
      priority: 4,
      status: 'active',
      sign_in: { state: 'signed_in', next_refresh_at: expect.any(String), last_error: null },
      notices: [expect.stringContaining('one person')],
    });
    const lifeS = (Date.parse(account.expires_at ?? '') - Date.now()) / 1000;
    expect(lifeS).toBeGreaterThan(3500);
    expect(lifeS).toBeLessThanOrEqual(3600);
    expect(await secretOf(account.id)).toMatch(/^canary-access-/);
    const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.groupId, group.id));
    expect(rows.map(({ action }) => action)).toContain('carpool.upstream.sign_in');
    expect(rows.find(({ action }) => action === 'carpool.upstream.add')?.after).toMatchObject({
      told_about_personal_accounts: true,
    });
    const tables = await pg.sql<
      { name: string }[]
    >`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`;
    for (const { name } of tables) {
      for (const row of await pg.sql`SELECT t::text AS text FROM ${pg.sql(name)} t`) {
        expect(row['text'], name).not.toMatch(/canary-(access|refresh|client)/);
      }
    }
  });

  it('takes a state once, in ten minutes, and only of whoever began it', async () => {
    const begun = await start();
    const callback_url = provider.agree(begun.authorization_url ?? '').href;
    const other = await newPerson(pg);
    await join(other, group, 'manager');
    await expect(finish({ state: begun.state, callback_url }, other)).rejects.toMatchObject({ code: 'sign_in_unknown' });
    await expect(finish({ state: begun.state, callback_url }, later(manager, 601))).rejects.toMatchObject({ status: 404 });
    const both = await Promise.allSettled([1, 2].map(() => finish({ state: begun.state, callback_url })));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(finish({ state: begun.state, callback_url })).rejects.toMatchObject({ code: 'sign_in_unknown' });
    const [flow] = await pg.db.select().from(carpoolSignInFlows).where(eq(carpoolSignInFlows.userId, manager.userId));
    expect(flow).toBeUndefined();
  });

  it('refuses another address, a wrong code and a refusal, without words of the provider', async () => {
    const begun = await start();
    const wrong = [
      { state: begun.state, callback_url: 'not an address' },
      { state: begun.state, callback_url: 'http://localhost:1455/callback?code=x&state=other' },
    ];
    for (const input of wrong) await expect(finish(input)).rejects.toMatchObject({ status: 400, code: 'callback_malformed' });
    const answer = finish({ state: begun.state, code: 'canary-code' });
    await expect(answer).rejects.toMatchObject({
      status: 503,
      code: 'sign_in_failed',
      details: { provider_error: 'invalid_grant' },
    });
    await expect(answer).rejects.toThrow(/^(?!.*canary)/s);
    const denied = await start();
    const callback_url = `http://localhost:1455/callback?error=access_denied&state=${denied.state}`;
    await expect(finish({ state: denied.state, callback_url })).rejects.toMatchObject({
      details: { provider_error: 'access_denied' },
    });
  });

  it('lets a member sign in for himself where members bring their own accounts', async () => {
    const member = await newPerson(pg, 'group_member');
    await join(member, group);
    await expect(start({ personal: true }, member)).rejects.toMatchObject({ code: 'own_accounts_not_used' });
    const services = [{ service_name: 'claude', auth_method: 'individual_keys', weight: 1, proxy_enabled: false } as const];
    await setGroupServices(manager, group.id, { services });
    const begun = await start({ personal: true }, member);
    const account = await finish(
      { state: begun.state, callback_url: provider.agree(begun.authorization_url ?? '').href },
      member,
    );
    expect(account).toMatchObject({ owner_id: member.userId, notices: [] });
    expect((await listOwnUpstreams(member, { page: 1, limit: 5 })).accounts).toMatchObject([{ id: account.id }]);
  });

  it('signs in anew to an account that is there; a token set by hand ends its refreshing', async () => {
    const first = await start();
    const account = await finish({ state: first.state, callback_url: provider.agree(first.authorization_url ?? '').href });
    const before = await secretOf(account.id);
    const name = { groupId: group.id, upstreamId: account.id };
    await updateUpstream(manager, policy, name, { status: 'disabled' });
    const again = await start({ upstream_id: account.id, name: 'ignored' });
    const after = await finish({ state: again.state, callback_url: provider.agree(again.authorization_url ?? '').href });
    expect(after).toMatchObject({ id: account.id, name: 'Mine', status: 'active', sign_in: { state: 'signed_in' } });
    expect(await secretOf(account.id)).not.toBe(before);
    expect(await updateUpstream(manager, policy, name, { credential: 'token-by-hand' })).toMatchObject({ sign_in: null });
    expect(
      await pg.db
        .select()
        .from(carpoolSignIns)
        .where(eq(carpoolSignIns.upstreamId, account.id as never)),
    ).toEqual([]);
  });
});

describe('signing in by device code', () => {
  it('waits for the person, no faster than the provider allows, and adds the account once', async () => {
    const begun = await start({ flow: 'device' });
    expect(begun).toMatchObject({ user_code: 'ABCD-EFGH', authorization_url: null, interval_seconds: 5 });
    const askedBefore = provider.asked.length;
    expect(await poll(begun.state)).toMatchObject({ status: 'pending', interval_seconds: 5 });
    expect(await poll(begun.state)).toMatchObject({ status: 'pending' });
    expect(provider.asked.length).toBe(askedBefore + 1);
    provider.slowDown();
    expect(await poll(begun.state, later(manager, 6))).toMatchObject({ status: 'pending', interval_seconds: 10 });
    provider.approveDevices();
    expect(await poll(begun.state, later(manager, 12))).toMatchObject({ status: 'pending' });
    const done = await poll(begun.state, later(manager, 20));
    expect(done).toMatchObject({ status: 'signed_in', upstream_account: { name: 'Mine', auth_type: 'oauth' } });
    expect(await secretOf(done.upstream_account?.id ?? '')).toMatch(/^canary-access-/);
    await expect(poll(begun.state, later(manager, 30))).rejects.toMatchObject({ code: 'sign_in_unknown' });
  });
});
