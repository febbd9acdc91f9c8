import { describe, expect, it } from 'vitest';
import { readEndpoint } from '../../src/dialects/index.ts';
import { findTranslation } from '../../src/translate/table.ts';
import type { Loose } from './canonical.ts';
import { bodyOf, openaiPairs, refusalOf, toAnthropic, toGemini, toResponses } from './openai-pairs.ts';

const place = { type: 'approximate', city: 'Kyoto', country: 'JP' };
const { type, ...approximate } = place;
const searching = {
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }],
  web_search_options: { user_location: { type, approximate } },
};

function askedOf(
  from: 'openai-responses' | 'gemini' | 'anthropic-messages',
  to: 'anthropic-messages' | 'gemini',
  body: Loose,
): Loose {
  const path = {
    'openai-responses': '/v1/responses',
    gemini: '/v1beta/models/m:generateContent',
    'anthropic-messages': '/v1/messages',
  };
  const reading = readEndpoint('POST', path[from], {});
  if (!reading.ok) throw new Error('no endpoint');
  const said = findTranslation(from, to)?.translateRequest({ endpoint: reading.endpoint, body, model: 'm', stream: false });
  return said?.ok ? said.request.body : said?.refusal.message;
}

describe('where the asker is', () => {
  it('goes along with a web search wherever it can be said', () => {
    expect(bodyOf(toAnthropic, searching).tools[0].user_location).toEqual(place);
    expect(bodyOf(toResponses, searching).tools[0].user_location).toEqual(place);
    const tools = [{ type: 'web_search', user_location: place, filters: { blocked_domains: ['a.example'] } }];
    const asked = askedOf('openai-responses', 'anthropic-messages', { input: 'hi', tools });
    expect(asked.tools[0]).toMatchObject({ user_location: place, blocked_domains: ['a.example'] });
  });

  it('is refused by name where it cannot', () => {
    expect(refusalOf(toGemini, searching)).toContain('place of who searches');
    const tools = [{ type: 'web_search_20250305', name: 'web_search', user_location: place }];
    const messages = [{ role: 'user', content: 'hi' }];
    expect(askedOf('anthropic-messages', 'gemini', { messages, max_tokens: 9, tools })).toContain('user_location');
  });
});

describe('what only Gemini knows', () => {
  const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
  it.each([
    ['retrievalConfig', { toolConfig: { retrievalConfig: { latLng: { latitude: 1, longitude: 2 } } } }],
    ['behavior', { tools: [{ functionDeclarations: [{ name: 'f', behavior: 'NON_BLOCKING' }] }] }],
    ['penalty', { generationConfig: { presencePenalty: 0.5 } }],
    ['timeRangeFilter', { tools: [{ googleSearch: { timeRangeFilter: { startTime: 'x' } } }] }],
  ])('is refused by name: %s', (name, more) => {
    expect(askedOf('gemini', 'anthropic-messages', { contents, ...more })).toContain(name);
  });
});

it('a warm-up that generates nothing is no question for other providers', () => {
  for (const to of ['anthropic-messages', 'gemini'] as const) {
    expect(askedOf('openai-responses', to, { input: 'hi', generate: false })).toContain('`generate`: false');
  }
});

describe('several speakers', () => {
  const user = (name: string, content: Loose) => ({ role: 'user', name, content });
  it.each(openaiPairs.filter(({ from }) => from === 'openai-chat'))('are told apart by their names before $to', (pair) => {
    const messages = [user('Ann', 'Hi'), user('Bob', [{ type: 'text', text: 'Ho' }]), { role: 'user', content: 'Hey' }];
    const asked = JSON.stringify(bodyOf(pair, { model: 'm', messages }));
    expect(asked).toContain('"Ann: Hi"');
    expect(asked.indexOf('"Bob:"')).toBeLessThan(asked.indexOf('"Ho"'));
    const alone = bodyOf(pair, { model: 'm', messages: [user('Ann', 'Hi'), user('Ann', 'Ho')] });
    expect(JSON.stringify(alone)).not.toContain('Ann');
  });
});
