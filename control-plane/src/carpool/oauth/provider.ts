import * as oauth from 'oauth4webapi';
import { allowInsecureRequests, customFetch } from 'oauth4webapi';
import { Invalid, Unavailable } from '../../kernel/index.ts';
import type { OAuthSettings } from '../tables.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import { guardedFetch } from './guarded-fetch.ts';

/** What a provider gave for a sign-in or a refresh. */
export interface Tokens {
  readonly accessToken: string;
  /** null: none was given; at a refresh the one before stays. */
  readonly refreshToken: string | null;
  readonly lifetimeS: number | null;
}

/** A provider's no. `permanent`: this sign-in or refresh token will never work (again). */
export class SignInRefused extends Error {
  readonly code: string;
  readonly permanent: boolean;

  constructor(code: string, permanent: boolean) {
    super(`the provider answered ${code}`);
    this.name = 'SignInRefused';
    this.code = code;
    this.permanent = permanent;
  }
}

const permanentCodes = new Set(['invalid_grant', 'access_denied', 'expired_token', 'unauthorized_client', 'invalid_client']);

/** One OAuth 2 provider as a service is configured for it. */
export class Provider {
  readonly #settings: OAuthSettings;
  readonly #server: oauth.AuthorizationServer;
  readonly #client: oauth.Client;
  readonly #auth: oauth.ClientAuth;
  readonly #http: { [customFetch]: typeof fetch; [allowInsecureRequests]: true };

  constructor(settings: OAuthSettings, clientSecret: string | undefined, policy: AddressPolicy) {
    this.#settings = settings;
    this.#client = { client_id: settings.clientId };
    this.#auth = clientSecret === undefined ? oauth.None() : oauth.ClientSecretPost(clientSecret);
    this.#server = {
      issuer: new URL(settings.tokenUrl).origin,
      token_endpoint: settings.tokenUrl,
      ...(settings.authorizationUrl === null ? {} : { authorization_endpoint: settings.authorizationUrl }),
      ...(settings.deviceUrl === null ? {} : { device_authorization_endpoint: settings.deviceUrl }),
    };
    const send = guardedFetch(policy);
    // Whether plain http is allowed is decided by the address policy.
    this.#http = {
      [customFetch]: (async (url: string, ask: RequestInit) => withoutIdToken(await send(url, ask))) as typeof fetch,
      [allowInsecureRequests]: true,
    };
  }

  async authorizationUrl(state: string, codeVerifier: string): Promise<string> {
    const { authorizationUrl, redirectUrl, clientId, scopes } = this.#settings;
    if (authorizationUrl === null || redirectUrl === null) throw notOffered();
    const url = new URL(authorizationUrl);
    const query = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUrl,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.href;
  }

  /** `callback`: the query that the provider sent the browser back with. */
  async exchangeCode(callback: URLSearchParams, state: string, codeVerifier: string): Promise<Tokens> {
    const { redirectUrl } = this.#settings;
    if (redirectUrl === null) throw notOffered();
    return await asked(async () => {
      const known = new URLSearchParams(callback);
      known.delete('iss');
      const checked = oauth.validateAuthResponse(this.#server, this.#client, known, state);
      const answer = await oauth.authorizationCodeGrantRequest(
        this.#server,
        this.#client,
        this.#auth,
        checked,
        redirectUrl,
        codeVerifier,
        this.#http,
      );
      return tokensOf(await oauth.processAuthorizationCodeResponse(this.#server, this.#client, answer));
    });
  }

  async startDevice(): Promise<oauth.DeviceAuthorizationResponse> {
    if (this.#settings.deviceUrl === null) throw notOffered();
    const scope = this.#settings.scopes.join(' ');
    return await asked(async () => {
      const parameters = new URLSearchParams(scope === '' ? {} : { scope });
      const answer = await oauth.deviceAuthorizationRequest(this.#server, this.#client, this.#auth, parameters, this.#http);
      return await oauth.processDeviceAuthorizationResponse(this.#server, this.#client, answer);
    });
  }

  async pollDevice(deviceCode: string): Promise<Tokens> {
    return await asked(async () => {
      const answer = await oauth.deviceCodeGrantRequest(this.#server, this.#client, this.#auth, deviceCode, this.#http);
      return tokensOf(await oauth.processDeviceCodeResponse(this.#server, this.#client, answer));
    });
  }

  async refresh(refreshToken: string): Promise<Tokens> {
    return await asked(async () => {
      const answer = await oauth.refreshTokenGrantRequest(this.#server, this.#client, this.#auth, refreshToken, this.#http);
      return tokensOf(await oauth.processRefreshTokenResponse(this.#server, this.#client, answer));
    });
  }
}

// Who signed in does not matter here, and an id token would have to be checked.
async function withoutIdToken(answer: Response): Promise<Response> {
  if (!answer.headers.get('content-type')?.includes('json')) return answer;
  const text = await answer.text();
  try {
    const { id_token: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return new Response(JSON.stringify(rest), { status: answer.status, headers: answer.headers });
  } catch {
    return new Response(text, { status: answer.status, headers: answer.headers });
  }
}

function tokensOf(answer: oauth.TokenEndpointResponse): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: lifetimeS } = answer;
  if (!/^[\x21-\x7e]{1,16000}$/.test(accessToken)) throw new SignInRefused('token_malformed', false);
  return { accessToken, refreshToken: refreshToken ?? null, lifetimeS: lifetimeS ?? null };
}

function misunderstood(cause: unknown): string {
  return cause instanceof Response && cause.status >= 300 ? `http_${cause.status}` : 'answer_not_understood';
}

/** Errors of the protocol become SignInRefused; their text may hold secrets, so only their codes are kept. */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isNo = error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError;
    if (isNo) {
      const code = /^[a-z_]{1,60}$/.test(error.error) ? error.error : 'refused';
      throw new SignInRefused(code, permanentCodes.has(code));
    }
    if (error instanceof oauth.OperationProcessingError) throw new SignInRefused(misunderstood(error.cause), false);
    if (error instanceof Unavailable || error instanceof SignInRefused || error instanceof Invalid) throw error;
    throw new SignInRefused('provider_unreachable', false);
  }
}

const notOffered = () => new Invalid('sign_in_not_offered', 'this service is not set up for this way to sign in');
