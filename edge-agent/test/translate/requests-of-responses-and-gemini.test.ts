import { createHash } from 'node:crypto';
import type { Dialect } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { findTranslation } from '../../src/translate/table.ts';
import type { Loose } from './canonical.ts';
import { bareSchema, canonicalRequest } from './canonical-request.ts';
import { at, pairRequests } from './pair-requests.ts';

const pairs: readonly (readonly [folder: string, from: Dialect, to: Dialect, model: string])[] = [
  ['openai-responses__anthropic', 'openai-responses', 'anthropic-messages', 'claude-sonnet-4-5-20250929'],
  ['openai-responses__gemini', 'openai-responses', 'gemini', 'gemini-2.5-flash'],
  ['gemini__anthropic', 'gemini', 'anthropic-messages', 'claude-sonnet-4-5-20250929'],
  ['gemini__openai-chat', 'gemini', 'openai-chat', 'gpt-4.1'],
  ['gemini__openai-responses', 'gemini', 'openai-responses', 'gpt-5-mini'],
];

function translate(from: Dialect, to: Dialect, model: string, body: Loose) {
  const translation = findTranslation(from, to);
  if (!translation) throw new Error(`${from} > ${to}`);
  const endpoint = {
    dialect: from,
    operation: 'generate' as const,
    nativePath: '/',
    search: '',
    modelInPath: null,
    streamInPath: null,
  };
  return translation.translateRequest({ endpoint, body, model, stream: false });
}

/** Pictures by their digest, as the corpus names them. */
function digested(turns: Loose): Loose {
  return turns.map(({ role, parts }: Loose) => ({
    role,
    parts: parts.map(({ base64, ...part }: Loose) => {
      return base64 === undefined ? part : { ...part, sha: createHash('sha256').update(base64).digest('hex').slice(0, 12) };
    }),
  }));
}

/** Refused on purpose: sounds and films mean nothing to the format of the upstream. */
const refused = /SplitsNonImageInlineData/;

for (const [folder, from, to, model] of pairs) {
  const requests = pairRequests(folder);
  describe.skipIf(requests.length === 0)(`requests that a peer translated, ${folder}`, () => {
    it.each(requests.map(({ name, file }) => [name, file] as const))('%s', (name, file) => {
      const translated = translate(from, to, model, file.input);
      if (refused.test(name)) {
        expect(translated).toMatchObject({ ok: false, refusal: { code: 'not_translatable' } });
        return;
      }
      if (to === 'openai-chat' && /webSearch/.test(name)) {
        expect(translated.ok ? '' : translated.refusal.message).toContain('web search');
        return;
      }
      if (!translated.ok) throw new Error(translated.refusal.message);
      const { body } = translated.request;
      for (const { path, value, op, essential } of file.assertions ?? []) {
        if (!essential || op !== 'equals') continue;
        expect(at(body, path)).toEqual(value);
      }
      if (!file.canonical) return;
      const meant = { ...file.canonical, tools: bareSchema(file.canonical.tools) };
      const got = canonicalRequest(to, body);
      const turns = (all: Loose) => all.filter((turn: Loose) => turn.parts.length > 0);
      // More than the peer kept: every turn, and the system prompt.
      expect(digested(turns(got.turns))).toEqual(turns(meant.turns));
      expect(got.system.startsWith(meant.system)).toBe(true);
      for (const field of file.essential as (keyof typeof got)[]) {
        if (field === 'turns' || field === 'tools') continue;
        expect({ [field]: got[field] }).toEqual({ [field]: meant[field] });
      }
      expect(got.tools.filter((one) => !('server' in one))).toEqual(meant.tools.filter((one: Loose) => !('server' in one)));
    });
  });
}
