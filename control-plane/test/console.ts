import { openApp } from '../src/app.ts';
import { readEnv, toConfig } from '../src/config.ts';
import { openHttpServer } from '../src/http-server.ts';
import { hashPassword } from '../src/identity/passwords.ts';
import { identityAccounts } from '../src/identity/tables.ts';
import { openHttpMetrics, type Role } from '../src/kernel/index.ts';
import { newUser } from './factories.ts';
import { type TestPg, testCtx } from './pg.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export interface TestConsole {
  readonly url: string;
  call(
    method: string,
    path: string,
    options?: { token?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** Makes a person of this role and signs in. */
  signInAs(role: Role): Promise<{ token: string; userId: string; email: string }>;
  close(): Promise<void>;
}

export const password = 'correct horse battery staple';

/** The whole console over real HTTP, on the test's database. */
export async function openConsole(pg: TestPg, env: Record<string, string> = {}): Promise<TestConsole> {
  const ctx = testCtx(pg);
  const app = await openApp({ config: toConfig(readEnv(env)), ctx, database: pg, metrics: openHttpMetrics() });
  const server = await openHttpServer('127.0.0.1', 0);
  server.serve(app.http.fetch);
  const url = `http://127.0.0.1:${server.port}`;
  const call: TestConsole['call'] = async (method, path, { token, body, headers } = {}) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text,
    };
  };
  return {
    url,
    call,
    async signInAs(role) {
      const user = await newUser(ctx, { role });
      const account = { id: user.id, accountId: user.id, providerId: 'credential', userId: user.id };
      await pg.db.insert(identityAccounts).values({ ...account, password: await hashPassword(password) });
      const { body } = await call('POST', '/auth/login', { body: { email: user.email, password } });
      return { token: body.data.token, userId: user.id, email: user.email };
    },
    async close() {
      await app.close();
      await server.close(1000);
    },
  };
}
