import { statsWarning } from '@aicarpool/shared-protocol/console';
import i18next from 'i18next';
import { expect, it } from 'vitest';
import en from '../../locales/en.json' with { type: 'json' };
import zh from '../../locales/zh.json' with { type: 'json' };
import { warningText } from './warning-text.ts';

/** All that the API may say beside a warning. */
const params = {
  node_id: 'nod_1',
  node_name: 'Tokyo',
  timeout_s: 5,
  last_seen: '',
  covered_from: '2026-11-14T08:00:00Z',
  requests: 7,
};

it.each(['en', 'zh'] as const)('says every warning of the figures in %s, with nothing left to fill in', async (language) => {
  const { t } = i18next;
  await i18next.init({ lng: language, resources: { en: { translation: en }, zh: { translation: zh } } });
  for (const code of statsWarning.shape.code.options) {
    const text = warningText(t, language, { code, message: '', params });
    expect(text, code).not.toContain('warning.');
    expect(text, code).not.toContain('{{');
  }
  const cut = warningText(t, language, { code: 'history_cut', message: '', params });
  expect(cut).toMatch(/2026/);
  expect(cut).not.toContain('T08:00');
});
