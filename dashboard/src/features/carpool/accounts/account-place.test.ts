import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { describe, expect, it } from 'vitest';
import { accountPath, findPlace, placeKey, placeLabel } from './account-place.ts';

const places = [
  { groupId: 'grp_a', groupName: 'A', service: 'claude' },
  { groupId: 'grp_b', groupName: 'B', service: 'claude' },
] as const;

describe('places for accounts', () => {
  it('are found again by their key', () => {
    expect(findPlace(places, placeKey(places[1]))).toBe(places[1]);
    expect(findPlace(places, 'other')).toBeUndefined();
  });

  it('name the group only where there are several', () => {
    expect(placeLabel(places[0], places)).toBe('claude · A');
    expect(placeLabel(places[0], [places[0]])).toBe('claude');
  });

  it('lead to the address by which the account is changed', () => {
    const account = { id: 'up_1', group_id: 'grp_a' } as UpstreamAccount;
    expect(accountPath(account, true)).toBe('/user/upstream-accounts/up_1');
    expect(accountPath(account, false)).toBe('/carpool/groups/grp_a/upstream-accounts/up_1');
  });
});
