import type { ServiceChange } from '@aicarpool/shared-protocol/console';
import { type Ctx, Invalid } from '../../kernel/index.ts';
import type { carpoolServices, OAuthSettings } from '../tables.ts';
import { type AddressPolicy, assertReachable } from '../upstreams/base-url.ts';

type Wish = NonNullable<ServiceChange['oauth']>;
type ServiceRow = typeof carpoolServices.$inferSelect;

/**
 * Sign-in settings as they are stored. What the control plane itself calls must lie where upstreams may lie; what the
 * person's browser opens must be https, a redirect to his own machine aside. Throws Invalid.
 */
export async function checkOAuthSettings(policy: AddressPolicy, wish: Wish): Promise<OAuthSettings> {
  const called = async (field: string, text: string) => {
    const url = parseEndpoint(field, text);
    await assertReachable(policy, url);
    return url.href;
  };
  if ((wish.authorization_url === null) !== (wish.redirect_url === null)) {
    throw new Invalid('oauth_incomplete', 'give authorization_url and redirect_url together, or neither');
  }
  return {
    clientId: wish.client_id,
    tokenUrl: await called('token_url', wish.token_url),
    authorizationUrl: wish.authorization_url === null ? null : await called('authorization_url', wish.authorization_url),
    redirectUrl: wish.redirect_url === null ? null : parseEndpoint('redirect_url', wish.redirect_url).href,
    deviceUrl: wish.device_url === null ? null : await called('device_url', wish.device_url),
    scopes: wish.scopes,
  };
}

/** What a change of a service writes about signing in; `oauth` are its settings, already checked. */
export function oauthColumns(
  ctx: Pick<Ctx, 'keyring'>,
  serviceId: string,
  change: ServiceChange,
  oauth: OAuthSettings | null | undefined,
): Partial<ServiceRow> {
  if (oauth === undefined || change.oauth === undefined) return {};
  if (oauth === null || change.oauth === null) return { oauth: null, oauthClientSecret: null };
  const { client_secret: secret } = change.oauth;
  if (secret === undefined) return { oauth };
  return { oauth, oauthClientSecret: secret === null ? null : ctx.keyring.seal(secret, secretAad(serviceId)) };
}

/** The client secret of a service in clear; undefined: a public client. */
export function clientSecretOf(ctx: Pick<Ctx, 'keyring'>, service: Pick<ServiceRow, 'id' | 'oauthClientSecret'>) {
  if (service.oauthClientSecret === null) return undefined;
  return ctx.keyring.open(service.oauthClientSecret, secretAad(service.id)).toString('utf8');
}

const secretAad = (serviceId: string) => `carpool_services/${serviceId}/oauth`;

function parseEndpoint(field: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.hash !== '') {
    throw new Invalid('oauth_url_malformed', `${field} must be a URL, as https://auth.example.com/oauth/token`, { field });
  }
  return url;
}
