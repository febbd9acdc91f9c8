import { type SignInStart, serviceChange, signInFinish, signInStart } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addressPolicy, join, makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { OAuthProvider } from '../../../test/oauth-provider.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { getService } from '../services/read-services.ts';
import { updateService } from '../services/update-service.ts';
import { finishSignIn } from './finish-sign-in.ts';
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

describe('startSignIn', () => {
  it('is offered where a service is set up for it, to managers', async () => {
    await expect(start({ service_name: 'gemini' })).rejects.toMatchObject({ code: 'sign_in_not_offered' });
    const member = await newPerson(pg, 'group_member');
    await join(member, group);
    await expect(start({}, member)).rejects.toMatchObject({ status: 403 });
    await expect(start({}, await newPerson(pg))).rejects.toMatchObject({ status: 404 });
    for (let at = 0; at < 20; at += 1) await start();
    await expect(start()).rejects.toMatchObject({ status: 429 });
  });
});

describe('the settings of a sign-in', () => {
  it('are shown to administrators without the secret, and keep it until another comes', async () => {
    await configure({ client_secret: undefined });
    const seen = await getService(await newPerson(pg, 'admin'), 'claude');
    expect(seen).toMatchObject({ sign_in: ['code', 'device'], oauth: { client_id: 'carpool', has_client_secret: true } });
    expect(JSON.stringify(seen)).not.toContain('canary');
    expect((await getService(manager, 'claude')).oauth).toBeUndefined();
    const begun = await start();
    await finish({ state: begun.state, callback_url: provider.agree(begun.authorization_url ?? '').href });
  });

  it('may not lead inside: neither where they are set nor where a name leads later', async () => {
    const admin = await newPerson(pg, 'admin');
    const oauth = { client_id: 'x', token_url: 'https://inside.example.com/token' };
    const set = (over: object, where = addressPolicy({ 'inside.example.com': ['10.0.0.1'] })) =>
      updateService(admin, where, 'openai', serviceChange.parse({ oauth: { ...oauth, ...over } }));
    await expect(set({})).rejects.toMatchObject({ code: 'base_url_not_allowed' });
    await expect(set({ token_url: 'http://169.254.169.254/token' })).rejects.toMatchObject({ code: 'base_url_not_allowed' });
    await expect(set({ token_url: 'file:///etc/passwd' })).rejects.toMatchObject({ code: 'oauth_url_malformed' });
    const device = { device_url: 'https://inside.example.com/device' };
    await set(device, addressPolicy({ 'inside.example.com': ['8.8.8.8'] }));
    const rebound = addressPolicy({ 'inside.example.com': ['8.8.8.8', '127.0.0.1'] });
    const wish = signInStart.parse({ service_name: 'openai', name: 'x', flow: 'device' });
    await expect(startSignIn(manager, rebound, group.id, wish)).rejects.toMatchObject({ code: 'sign_in_address_not_allowed' });
  });
});
