import { serviceChange, signInFinish, signInStart } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addressPolicy, makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { OAuthProvider } from '../../../test/oauth-provider.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { changesSince, currentHead, openDatabase } from '../../kernel/index.ts';
import { updateService } from '../services/update-service.ts';
import { carpoolSignIns, carpoolUpstreams } from '../tables.ts';
import { listEvents } from '../traffic/read-events.ts';
import { getUpstream } from '../upstreams/read-upstreams.ts';
import { removeUpstream } from '../upstreams/remove-upstream.ts';
import { dataKeysOf } from '../upstreams/secrets/data-keys.ts';
import { openCredential } from '../upstreams/secrets/seal-credential.ts';
import { finishSignIn } from './finish-sign-in.ts';
import { refreshAccount } from './refresh-account.ts';
import { refreshDue, refreshJobs, refreshSoon } from './refresh-jobs.ts';
import { startSignIn } from './start-sign-in.ts';

let pg: TestPg;
let provider: OAuthProvider;
let manager: Awaited<ReturnType<typeof newPerson>>;
let group: { id: string };
let id: string;
const policy = addressPolicy({}, '127.0.0.0/8');
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  manager = await newPerson(pg);
});
afterAll(() => pg.close());
beforeEach(async () => {
  provider = await new OAuthProvider().start();
  group = await makeGroup(manager);
  await configure();
  id = await signIn('Mine');
  return () => provider.close();
});

async function configure() {
  const oauth = {
    client_id: 'carpool',
    token_url: `${provider.url}/token`,
    authorization_url: `${provider.url}/authorize`,
    redirect_url: 'http://localhost:1455/callback',
    client_secret: 'canary-client-secret',
  };
  await updateService(await newPerson(pg, 'admin'), policy, 'claude', serviceChange.parse({ oauth }));
}

async function signIn(name: string): Promise<string> {
  const wish = signInStart.parse({ service_name: 'claude', name });
  const { state, authorization_url } = await startSignIn(manager, policy, group.id, wish);
  const callback_url = provider.agree(authorization_url ?? '').href;
  return (await finishSignIn(manager, policy, group.id, signInFinish.parse({ state, callback_url }))).id;
}

const inSeconds = (seconds: number) =>
  testCtx(pg, { kind: 'system', name: 'test' }, { clock: { now: () => new Date(Date.now() + seconds * 1000) } });
const refresh = (seconds: number, early = false) => refreshAccount(inSeconds(seconds), policy, { upstreamId: id, early });
const view = () => getUpstream(manager, { groupId: group.id, upstreamId: id });

async function secret(): Promise<string> {
  const [row] = await pg.db
    .select()
    .from(carpoolUpstreams)
    .where(eq(carpoolUpstreams.id, id as never));
  const [dataKey] = await dataKeysOf(testCtx(pg), pg.db, group.id);
  if (!row?.credential || !dataKey) throw new Error('nothing is sealed');
  return openCredential(dataKey, { upstreamId: id, groupId: group.id }, row.credential);
}

describe('refreshAccount', () => {
  it('renews ahead of time, tells nodes the new token, and rotates again and again', async () => {
    expect(await refresh(60)).toBe('not_due');
    let before = await secret();
    for (const seconds of [3000, 6000, 9000]) {
      const { head } = await currentHead(pg.db);
      expect(await refresh(seconds)).toBe('refreshed');
      const after = await secret();
      expect(after).not.toBe(before);
      before = after;
      expect(await changesSince(pg.db, [group.id], head, head + 1)).toMatchObject([{ kind: 'upstream', id, op: 'u' }]);
    }
    expect(new Set(provider.refreshes).size).toBe(3);
    expect(await view()).toMatchObject({ status: 'active', sign_in: { state: 'signed_in', last_error: null } });
  });

  it('uses a refresh token once, however many replicas have the idea at the same time', async () => {
    const other = openDatabase({ url: pg.url });
    provider.delayMs = 150;
    const here = inSeconds(3000);
    const there = { ...here, db: other.db };
    const wishes = Array.from({ length: 10 }, (_, at) =>
      refreshAccount(at % 2 ? here : there, policy, { upstreamId: id, early: at > 4 }),
    );
    const outcomes = await Promise.all(wishes);
    await other.close();
    expect(outcomes.filter((outcome) => outcome === 'refreshed')).toHaveLength(1);
    expect(provider.refreshes).toHaveLength(1);
    provider.delayMs = 0;
    expect(await refresh(6000)).toBe('refreshed');
  });

  it('renews early when a node says that the token was refused, but not a token that is fresh', async () => {
    expect(await refresh(10, true)).toBe('not_due');
    expect(await refresh(100, true)).toBe('refreshed');
    expect(await refresh(120, true)).toBe('not_due');
    expect(provider.refreshes).toHaveLength(1);
  });

  it('parks an account that the provider will not renew, says so, and tries no more', async () => {
    provider.revokeAll();
    expect(await refresh(3000)).toBe('needs_sign_in');
    expect(await view()).toMatchObject({
      status: 'disabled',
      sign_in: { state: 'needs_sign_in', last_error: 'invalid_grant', next_refresh_at: null },
    });
    const { events } = await listEvents(manager, { groupId: group.id, page: 1, limit: 5 });
    expect(events).toMatchObject([
      { kind: 'account_needs_sign_in', upstream_id: id, upstream_name: 'Mine', reason: 'invalid_grant' },
    ]);
    expect(await refresh(9000, true)).toBe('not_due');
    expect(provider.refreshes).toHaveLength(1);
  });

  it('tries again later when the provider stumbles, later and later, and is well once it answers', async () => {
    provider.failure = { status: 503, body: { error: 'temporarily_unavailable' } };
    expect(await refresh(3000)).toBe('later');
    const nextOf = async () => (Date.parse((await view()).sign_in?.next_refresh_at ?? '') - Date.now()) / 1000 - 3000;
    const first = await nextOf();
    expect(first).toBeGreaterThan(25);
    expect(first).toBeLessThan(46);
    expect(await refresh(3001)).toBe('not_due');
    expect(await refresh(3100)).toBe('later');
    expect((await nextOf()) - 100).toBeGreaterThan(first);
    expect(await view()).toMatchObject({ status: 'active', sign_in: { last_error: 'http_503' } });
    provider.failure = undefined;
    expect(await refresh(3600)).toBe('refreshed');
    expect(await view()).toMatchObject({ sign_in: { last_error: null } });
  });

  it('keeps the only copy of a new refresh token when the transaction has to be tried again', async () => {
    const ctx = inSeconds(3000);
    let failures = 2;
    const transaction = ctx.db.transaction.bind(ctx.db) as (work: (tx: unknown) => Promise<unknown>) => Promise<unknown>;
    const db = Object.create(ctx.db, {
      transaction: {
        value: (work: (tx: unknown) => Promise<unknown>) =>
          transaction(async (tx) => {
            const done = await work(tx);
            failures -= 1;
            if (failures >= 0) throw new Error('the connection broke before the commit');
            return done;
          }),
      },
    });
    expect(await refreshAccount({ ...ctx, db }, policy, { upstreamId: id, early: false })).toBe('refreshed');
    expect(provider.refreshes).toHaveLength(1);
    expect(await refresh(6000)).toBe('refreshed');
  });

  it('leaves a token that cannot be renewed alone until it ends', async () => {
    provider.renews = false;
    id = await signIn('Without renewal');
    expect(await refresh(3500)).toBe('not_due');
    expect(await view()).toMatchObject({ status: 'active' });
    expect(await refresh(3601)).toBe('needs_sign_in');
    expect(await view()).toMatchObject({ status: 'disabled', sign_in: { last_error: 'no_refresh_token' } });
  });

  it('happens soon when it is asked for in a transaction', async () => {
    await pg.workOn(refreshJobs(policy));
    await pg.sql`UPDATE carpool_sign_ins SET refreshed_at = now() - interval '2 minutes' WHERE upstream_id = ${id}`;
    await refreshSoon(pg.db, { jobs: pg.jobs }, id);
    await expect.poll(() => provider.refreshes.length, { timeout: 15_000 }).toBe(1);
  }, 20_000);

  it('is for the system; an account that is gone needs nothing', async () => {
    await expect(refreshAccount(manager, policy, { upstreamId: id, early: true })).rejects.toMatchObject({ status: 403 });
    await removeUpstream(manager, { groupId: group.id, upstreamId: id });
    expect(
      await pg.db
        .select()
        .from(carpoolSignIns)
        .where(eq(carpoolSignIns.upstreamId, id as never)),
    ).toEqual([]);
    expect(await refresh(3000)).toBe('not_due');
  });
});

describe('refreshDue', () => {
  it('renews what is due, and lets one that fails not stop the others', async () => {
    const second = await signIn('Second');
    await pg.sql`UPDATE carpool_sign_ins SET refresh_token = 'broken' WHERE upstream_id = ${id}`;
    await refreshDue(inSeconds(3000), policy, new AbortController().signal);
    const [row] = await pg.db
      .select()
      .from(carpoolSignIns)
      .where(eq(carpoolSignIns.upstreamId, second as never));
    expect(row?.refreshedAt.getTime()).toBeGreaterThan(Date.now() + 2_900_000);
    const before = provider.refreshes.length;
    await refreshDue(inSeconds(0), policy, new AbortController().signal);
    expect(provider.refreshes.length).toBe(before);
  });
});
