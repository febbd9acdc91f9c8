import type { ChangeProgress } from '@aicarpool/shared-protocol/console';
import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import en from '../../../locales/en.json' with { type: 'json' };
import zh from '../../../locales/zh.json' with { type: 'json' };
import { isConfirmedByAll, progressText } from './progress-text.ts';

const nowMs = new Date(2026, 10, 21, 13, 5).getTime();
const by = new Date(2026, 10, 21, 14, 5).toISOString();
const progress = (over: Partial<ChangeProgress> = {}): ChangeProgress => ({
  version: 7,
  nodes_confirmed: 2,
  nodes_total: 3,
  pending: [{ node_id: 'n', node_name: 'Berlin', stops_at: by }],
  in_force_by: by,
  ...over,
});

describe('how far a revocation has come', () => {
  const text = i18next.createInstance();
  beforeAll(() => text.init({ lng: 'en', resources: { en: { translation: en }, zh: { translation: zh } } }));
  const say = (over: Partial<ChangeProgress> = {}, language = 'en') =>
    progressText(text.getFixedT(language), progress(over), language, nowMs);

  it('is said in one sentence, with the time after which the key is dead everywhere', () => {
    expect(say()).toBe('Confirmed by 2 of 3 nodes; the other stops by 14:05:00 at the latest');
    expect(say({ nodes_confirmed: 1 })).toBe('Confirmed by 1 of 3 nodes; the rest stop by 14:05:00 at the latest');
    expect(say({}, 'zh')).toBe('3 个节点中 2 个已确认；其余最迟 14:05:00 停用');
  });
  it('does not promise an end where a group lets its nodes go on for ever', () => {
    expect(say({ in_force_by: null })).toContain('may go on while it hears nothing');
  });
  it('is over once every node has confirmed, and not before', () => {
    expect(say({ nodes_confirmed: 3, pending: [] })).toBe('Confirmed by every node');
    expect(say({ nodes_confirmed: 0, nodes_total: 0, pending: [] })).toContain('No node serves the group');
    expect(isConfirmedByAll(progress({ pending: [] }))).toBe(false);
    expect(isConfirmedByAll(progress())).toBe(false);
  });
});
