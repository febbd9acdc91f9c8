import { admin } from './product.ts';

/** Calls the console API as somebody who signed in; gives `data`, throws with status and code otherwise. */
export interface ConsoleClient {
  readonly token: string;
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
}

export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(`${status} ${code}: ${message}`);
    this.status = status;
    this.code = code;
  }
}

export async function signIn(consoleUrl: string, who: { email: string; password: string } = admin): Promise<ConsoleClient> {
  const { token } = await send<{ token: string }>(consoleUrl, undefined, 'POST', '/auth/login', who);
  return { token, call: (method, path, body) => send(consoleUrl, token, method, path, body) };
}

async function send<T>(consoleUrl: string, token: string | undefined, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${consoleUrl}/api/v1${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const parsed = text === '' ? {} : JSON.parse(text);
  if (!answer.ok) throw new Refused(answer.status, parsed?.error?.code ?? 'none', parsed?.error?.message ?? text.slice(0, 300));
  return parsed.data as T;
}
