import { type QuotaWarning, quotaWarning } from '@aicarpool/shared-protocol/console';
import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import en from '../../../locales/en.json' with { type: 'json' };
import zh from '../../../locales/zh.json' with { type: 'json' };
import { mergeWarnings, quotaWarningText } from './quota-warnings.ts';

const warning = (over: Partial<QuotaWarning> = {}): QuotaWarning => ({
  code: 'members_over_group',
  message: 'said by the API',
  params: { unit: 'tokens', window: 'month', service_name: '', limit: 100, sum: 150, times: 1.5 },
  about: ['quo_group', 'quo_member'],
  ...over,
});

describe('the warnings of a save', () => {
  const unpriced = warning({ code: 'models_unpriced', params: { models: 'a', more: 0 }, about: [] });

  it('are those that the last call about a quota left', () => {
    const first = mergeWarnings([], 'quo_member', [warning()]);
    expect(mergeWarnings(first, 'quo_other', [])).toEqual([warning()]);
    expect(mergeWarnings(first, 'quo_group', [])).toEqual([]);
    const changed = warning({ params: { ...warning().params, times: 3 } });
    expect(mergeWarnings(first, 'quo_group', [changed])).toEqual([changed]);
  });

  it('are said once', () => {
    expect(mergeWarnings([unpriced], 'quo_usd', [unpriced])).toEqual([unpriced]);
  });
});

it.each(['en', 'zh'] as const)('says every warning in %s, with nothing left to fill in', async (language) => {
  const text = i18next.createInstance();
  await text.init({ lng: language, resources: { en: { translation: en }, zh: { translation: zh } } });
  const params = { ...warning().params, month_limit: 90, models: 'a, b', more: 2 };
  for (const code of quotaWarning.shape.code.options) {
    const said = quotaWarningText(text.t, warning({ code, params }));
    expect(said, code).not.toContain('quota.');
    expect(said, code).not.toMatch(/\{\{|undefined|NaN|said by/);
  }
  expect(quotaWarningText(text.t, warning({ code: 'models_unpriced', params }))).toContain(language === 'en' ? '2 more' : '2 个');
  expect(quotaWarningText(text.t, warning({ code: 'models_unpriced', params: { ...params, more: 0 } }))).not.toMatch(
    /0 (more|个)/,
  );
});
