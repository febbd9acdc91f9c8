import { priceList } from '@aicarpool/shared-protocol/console';
import { describe, expect, it } from 'vitest';
import { isOlder } from './import-prices.ts';
import { planImport, type StoredModel } from './plan-import.ts';

const list = priceList.parse({
  version: '2026-12-01',
  sources: { us: { name: 'us', date: '2026-12-01' } },
  models: [
    {
      services: ['claude', 'elsewhere'],
      model: 'claude-one-2',
      source: 'us',
      usd_per_million: { input: 3, output: 15, cache_read: 0.3 },
      web_search_usd: 0.01,
    },
    { services: ['claude'], model: 'claude-free', source: 'us', usd_per_million: null },
  ],
});
const services = new Set(['claude']);
const plan = (stored: readonly StoredModel[], overwrite = false) => planImport(list, stored, services, overwrite);

describe('planImport', () => {
  it('adds what is new and names services that are not here', () => {
    const { upserts, report } = plan([]);
    expect(report).toEqual({
      version: '2026-12-01',
      added: ['claude/claude-one-2', 'claude/claude-free'],
      changed: [],
      unchanged: 0,
      kept_edited: [],
      unknown_services: ['elsewhere'],
    });
    expect(upserts[0]).toEqual({
      features: null,
      serviceId: 'claude',
      model: 'claude-one-2',
      displayName: 'Claude One 2',
      contextLength: null,
      maxOutputTokens: null,
      price: { input: 3_000_000, output: 15_000_000, cacheRead: 300_000, webSearchNanoUsd: 10_000_000 },
      priceVersion: 'us 2026-12-01',
      priceOrigin: 'list',
    });
    expect(upserts[1]?.price).toBeNull();
  });

  it('changes nothing when everything is there already', () => {
    const { upserts, report } = plan(plan([]).upserts);
    expect(upserts).toEqual([]);
    expect(report).toMatchObject({ added: [], changed: [], unchanged: 2 });
  });

  it('keeps a price set by hand, unless told otherwise', () => {
    const stored = plan([]).upserts.map((model) => ({ ...model, price: { input: 1, output: 1 }, priceOrigin: 'admin' as const }));
    expect(plan(stored)).toMatchObject({ upserts: [], report: { kept_edited: ['claude/claude-one-2', 'claude/claude-free'] } });
    expect(plan(stored, true).upserts.map(({ priceOrigin }) => priceOrigin)).toEqual(['list', 'list']);
  });

  it('keeps sizes that the list does not name', () => {
    const stored = plan([]).upserts.map((model) => ({ ...model, contextLength: 200_000, price: null }));
    expect(plan(stored).upserts[0]).toMatchObject({ contextLength: 200_000 });
  });
});

describe('isOlder', () => {
  it.each([
    ['2026-11-20', '2026-11-21', true],
    ['2026-11-21', '2026-11-21', false],
    ['2026-11-21.2', '2026-11-21.10', true],
    ['2026-11-21', '2026-11-21.1', true],
    ['2026-11-22', '2026-11-21.9', false],
  ])('says of %s beside %s: %s', (version, than, expected) => {
    expect(isOlder(version, than)).toBe(expected);
  });
});
