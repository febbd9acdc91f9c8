import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';

/** Where an account can be added: a service of a group. */
export interface AccountPlace {
  readonly groupId: string;
  readonly groupName: string;
  readonly service: string;
}

export const placeKey = ({ groupId, service }: AccountPlace) => `${groupId} ${service}`;

export function findPlace(places: readonly AccountPlace[], key: unknown): AccountPlace | undefined {
  return places.find((place) => placeKey(place) === key);
}

/** The service, with its group where there are several. */
export function placeLabel(place: AccountPlace, places: readonly AccountPlace[]): string {
  return places.some(({ groupId }) => groupId !== place.groupId) ? `${place.service} · ${place.groupName}` : place.service;
}

/** The address of one account: members change their own by another one than managers change shared ones. */
export function accountPath({ id, group_id }: UpstreamAccount, isOwn: boolean): string {
  return isOwn ? `/user/upstream-accounts/${id}` : `/carpool/groups/${group_id}/upstream-accounts/${id}`;
}
