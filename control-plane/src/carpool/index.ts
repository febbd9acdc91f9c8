/**
 * Carpool: people share provider accounts through groups. A key belongs to one member of one group; the secrets of a
 * group's accounts are sealed under its own data key. Nothing here talks to a node: the tables note their changes, and
 * fleet reads the facts.
 */

export { removeDemo } from './demo/remove-demo.ts';
export { type Demo, ensureDemo } from './demo/seed-demo.ts';
export { type Fact, listPlaceableGroups, readQuotas, readResources, readScope } from './facts.ts';
export { viewAccountToTest, viewGroup, viewKey, viewPeople, viewServiceToTest } from './groups/asker-views.ts';
export { getGroupAccess, isAdministrator } from './groups/group-access.ts';
export { hashOfKey } from './keys/key-format.ts';
export { refreshJobs, refreshSoon } from './oauth/refresh-jobs.ts';
export { type CarpoolPorts, type DayOfUse, type QuotaState, silentPorts, type UseAsked } from './ports.ts';
export { forgetProxyUseJob } from './proxies/usage/forget-proxy-use.ts';
export { noteProxyUse } from './proxies/usage/note-proxy-use.ts';
export { forgetAlertsJob } from './quotas/alerts/forget-alerts.ts';
export { knownSubjects, onQuotaCrossed, readConfigTimes } from './quotas/settlement-facts.ts';
export { carpoolRouterOver } from './routes.ts';
export { ensureServices } from './services/ensure-services.ts';
export { forgetEventsJob } from './traffic/forget-events.ts';
export { type NotedEvent, noteEvents } from './traffic/note-events.ts';
export { watchExpiryJob } from './traffic/watch-expiry.ts';
export { type AddressPolicy, openAddressPolicy } from './upstreams/base-url.ts';
export { dataKeysOf } from './upstreams/secrets/data-keys.ts';
export { type KnownCredential, knownCredentials } from './upstreams/secrets/known-credentials.ts';
export { rotateDataKey } from './upstreams/secrets/rotate-data-key.ts';
export { type DataKey, openCredential } from './upstreams/secrets/seal-credential.ts';
export { carpoolSealedColumns } from './upstreams/secrets/sealed-columns.ts';
export { readFactAt } from './versions/read-fact-at.ts';
