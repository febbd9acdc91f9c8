import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readEndpoint } from './read-endpoint.ts';

const part = fc.constantFrom(
  ...['v1', 'v1beta', 'models', 'tunedModels', 'messages', 'chat', 'completions', 'responses', '..', '.', '', '%2e%2e', '%2f'],
  ...[
    'gemini-x:generateContent',
    'x:streamGenerateContent',
    'a%3AcountTokens',
    '%',
    'http:',
    'evil.example',
    '\\',
    'key=1',
    'publishers',
  ],
);
const target = fc
  .tuple(
    fc.constantFrom('/', '', '//', '/\\'),
    fc.array(part, { maxLength: 7 }),
    fc.constantFrom('', '?', '?key=SECRET', '?a=1&key=SECRET', '?%6bey=SECRET&b'),
  )
  .map(([start, parts, query]) => start + parts.join('/') + query);

it('makes nothing but known native paths of any target, and never lets the key through', () => {
  const known =
    /^\/(v1\/(messages(\/count_tokens)?|chat\/completions|embeddings|responses(\/compact|\/input_tokens)?)|v1(beta)?\/(models|tunedModels)(\/[^/?#\\]+)?)$/;
  fc.assert(
    fc.property(fc.constantFrom('GET', 'POST', 'HEAD'), fc.oneof(target, fc.string(), fc.webPath()), (method, text) => {
      const reading = readEndpoint(method, text, {});
      if (!reading.ok) {
        expect(reading.refusal.message.length).toBeGreaterThan(10);
        expect(reading.refusal.message).not.toContain('SECRET');
        return;
      }
      expect(reading.endpoint.nativePath).toMatch(known);
      expect(reading.endpoint.search).not.toContain('SECRET');
      const url = new URL(`https://upstream.example${reading.endpoint.nativePath}${reading.endpoint.search}`);
      expect([url.host, url.pathname]).toEqual(['upstream.example', reading.endpoint.nativePath]);
    }),
    { numRuns: 3000 },
  );
});
