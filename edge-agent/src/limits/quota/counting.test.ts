import { quotaResource } from '@aicarpool/shared-protocol';
import { expect, it } from 'vitest';
import { sha256, testKey, testSnapshot } from '../../../test/snapshot.ts';
import { quotasFor } from './counting.ts';

const rule = (own: object) =>
  quotaResource.parse({
    group_id: 'grp_test',
    of: 'group',
    subject: null,
    service: null,
    unit: 'tokens',
    window: 'day',
    limit: 10,
    ...own,
  });

function countedBy(rules: readonly object[], service = 'claude') {
  const snapshot = testSnapshot({ baseUrls: [], group: { quotas: rules.map(rule) } });
  const key = snapshot.findKey(sha256(testKey));
  const group = snapshot.findGroup('grp_test');
  if (!key || !group) throw new Error('the test snapshot has no key');
  return quotasFor(group, key, service).map(({ rule: { id }, subject }) => `${id} of ${subject || 'all'}`);
}

it('counts a request against group, member and key, each by its own subject', () => {
  const counted = countedBy([{ id: 'g' }, { id: 'm', of: 'member' }, { id: 'k', of: 'key' }]);
  expect(counted).toEqual(['g of all', 'm of usr_test', 'k of key_test']);
});

it('prefers the rule that names the subject, and passes over those that name another', () => {
  const every = { id: 'each', of: 'key' };
  expect(countedBy([every, { id: 'mine', of: 'key', subject: 'key_test' }])).toEqual(['mine of key_test']);
  expect(countedBy([{ id: 'mine', of: 'key', subject: 'key_test' }, every])).toEqual(['mine of key_test']);
  expect(countedBy([every, { id: 'other', of: 'key', subject: 'key_other' }])).toEqual(['each of key_test']);
});

it('keeps rules of other units, windows and services apart', () => {
  const rules = [
    { id: 'a' },
    { id: 'b', unit: 'nano_usd' },
    { id: 'c', window: 'month' },
    { id: 'd', service: 'claude' },
    { id: 'e', service: 'gemini' },
  ];
  expect(countedBy(rules)).toEqual(['a of all', 'b of all', 'c of all', 'd of all']);
  expect(countedBy(rules, 'gemini')).toEqual(['a of all', 'b of all', 'c of all', 'e of all']);
});

it('chooses the tighter of two equal rules, in whatever order they came', () => {
  expect(
    countedBy([
      { id: 'wide', limit: 20 },
      { id: 'tight', limit: 5 },
    ]),
  ).toEqual(['tight of all']);
  expect(
    countedBy([
      { id: 'tight', limit: 5 },
      { id: 'wide', limit: 20 },
    ]),
  ).toEqual(['tight of all']);
});
