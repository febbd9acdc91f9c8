import { createHash, randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Family {
  /** The one refresh token that works; any other of the family revokes it. */
  current: string;
  revoked: boolean;
}

/** An OAuth 2 provider on a real socket: PKCE, device codes, refresh tokens that are used up, reuse revokes the family. */
export class OAuthProvider {
  lifetimeS = 3600;
  /** Does it give refresh tokens at all? */
  renews = true;
  /** Answers every token request with this, when set. */
  failure: { readonly status: number; readonly body: unknown } | undefined;
  /** How long a token request takes. */
  delayMs = 0;
  readonly refreshes: string[] = [];
  readonly asked: URLSearchParams[] = [];
  readonly #server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += chunk;
      await this.#serve(new URL(request.url ?? '/', this.url), new URLSearchParams(text), response);
    })();
  });
  readonly #codes = new Map<string, { challenge: string; redirect: string }>();
  readonly #devices = new Map<string, { approved: boolean; slow: boolean }>();
  readonly #families = new Map<string, Family>();
  readonly #familyOf = new Map<string, string>();

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What a service is told of this provider, to be put into `PUT /ai-services/{id}`. */
  settings() {
    return {
      client_id: 'carpool',
      token_url: `${this.url}/token`,
      authorization_url: `${this.url}/authorize`,
      redirect_url: 'http://localhost:1455/callback',
      device_url: `${this.url}/device`,
      scopes: ['openid', 'models'],
      client_secret: 'canary-client-secret',
    };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What a browser does: the person agrees, and ends at the redirect address. */
  agree(authorizationUrl: string): URL {
    const asked = new URL(authorizationUrl).searchParams;
    const code = randomBytes(8).toString('hex');
    const redirect = asked.get('redirect_uri') ?? '';
    this.#codes.set(code, { challenge: asked.get('code_challenge') ?? '', redirect });
    const back = new URL(redirect);
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    back.searchParams.set('iss', 'https://somewhere.example');
    return back;
  }

  approveDevices(): void {
    for (const device of this.#devices.values()) device.approved = true;
  }

  slowDown(): void {
    for (const device of this.#devices.values()) device.slow = true;
  }

  revokeAll(): void {
    for (const family of this.#families.values()) family.revoked = true;
  }

  async #serve(url: URL, form: URLSearchParams, response: ServerResponse) {
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    this.asked.push(form);
    if (this.failure) return json(response, this.failure.status, this.failure.body);
    if (form.get('client_secret') !== 'canary-client-secret') return json(response, 401, { error: 'invalid_client' });
    if (url.pathname === '/device') return this.#startDevice(response);
    const grant = form.get('grant_type');
    if (grant === 'authorization_code') return this.#exchange(form, response);
    if (grant === 'refresh_token') return this.#refresh(form.get('refresh_token') ?? '', response);
    return this.#poll(form.get('device_code') ?? '', response);
  }

  #exchange(form: URLSearchParams, response: ServerResponse) {
    const code = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const fits = code?.challenge === challenge && code.redirect === form.get('redirect_uri');
    if (!fits) return json(response, 400, { error: 'invalid_grant', error_description: 'canary in a description' });
    this.#grant(randomBytes(8).toString('hex'), response);
  }

  #refresh(token: string, response: ServerResponse) {
    this.refreshes.push(token);
    const family = this.#families.get(this.#familyOf.get(token) ?? '');
    if (family && family.current !== token) family.revoked = true;
    if (!family || family.revoked) return json(response, 400, { error: 'invalid_grant' });
    this.#grant(this.#familyOf.get(token) ?? '', response);
  }

  #startDevice(response: ServerResponse) {
    const device = randomBytes(8).toString('hex');
    this.#devices.set(device, { approved: false, slow: false });
    json(response, 200, {
      device_code: device,
      user_code: 'ABCD-EFGH',
      verification_uri: 'https://auth.example.com/device',
      expires_in: 900,
      interval: 5,
    });
  }

  #poll(code: string, response: ServerResponse) {
    const device = this.#devices.get(code);
    if (!device) return json(response, 400, { error: 'expired_token' });
    if (device.slow) {
      device.slow = false;
      return json(response, 400, { error: 'slow_down' });
    }
    if (!device.approved) return json(response, 400, { error: 'authorization_pending' });
    this.#devices.delete(code);
    this.#grant(randomBytes(8).toString('hex'), response);
  }

  #grant(familyId: string, response: ServerResponse) {
    const refreshToken = `canary-refresh-${randomBytes(8).toString('hex')}`;
    this.#families.set(familyId, { current: refreshToken, revoked: false });
    this.#familyOf.set(refreshToken, familyId);
    json(response, 200, {
      access_token: `canary-access-${randomBytes(8).toString('hex')}`,
      token_type: 'Bearer',
      expires_in: this.lifetimeS,
      ...(this.renews ? { refresh_token: refreshToken } : {}),
      id_token: 'not.checked.here',
    });
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
