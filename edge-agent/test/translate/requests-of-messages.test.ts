import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Loose } from './canonical.ts';
import { bareSchema, canonicalRequest } from './canonical-request.ts';
import { ask, refusalOf, toChat, toGemini, toResponses } from './messages-pairs.ts';
import { at, pairRequests } from './pair-requests.ts';

function digested(turns: Loose): Loose {
  return turns.map(({ role, parts }: Loose) => ({
    role,
    parts: parts.map(({ base64, ...part }: Loose) =>
      base64 === undefined ? part : { ...part, sha: createHash('sha256').update(base64).digest('hex').slice(0, 12) },
    ),
  }));
}

for (const [folder, pair] of [
  ['anthropic__gemini', toGemini],
  ['anthropic__openai-chat', toChat],
  ['anthropic__openai-responses', toResponses],
] as const) {
  const requests = pairRequests(folder);
  describe.skipIf(requests.length === 0)(`requests that a peer translated, ${folder}`, () => {
    it.each(requests.map(({ name, file }) => [name, file] as const))('%s', (name, file) => {
      const translated = ask(pair, file.input, file.peerExpected?.model);
      if (pair === toChat && name.startsWith('webSearch')) {
        expect(refusalOf(translated)).toMatch(/not_translatable: Web search/);
        return;
      }
      if (!translated.ok) throw new Error(translated.refusal.message);
      for (const { path, value, op, essential } of file.assertions ?? []) {
        if (essential && op === 'equals') expect(at(translated.request.body, path)).toEqual(value);
      }
      if (!file.canonical) return;
      const got = canonicalRequest(pair.to, translated.request.body);
      const withoutSystem = (turns: Loose) => turns.filter((turn: Loose) => turn.role !== 'system');
      for (const field of file.essential as (keyof typeof got)[]) {
        if (field === 'turns') expect(digested(withoutSystem(got.turns))).toEqual(withoutSystem(file.canonical.turns));
        else if (field === 'tools') {
          const tools = file.canonical.tools.filter((one: Loose) => !one.server);
          expect(got.tools.map((one) => ({ ...one, description: one.description ?? '' }))).toEqual(bareSchema(tools));
        } else if (field === 'system') expect(got.system.replaceAll('\n\n', '\n')).toBe(file.canonical.system);
        else if ((field as string) === 'parallel')
          expect(translated.request.body['parallel_tool_calls']).toBe(file.canonical.parallel);
        else expect({ [field]: got[field] }).toEqual({ [field]: file.canonical[field] });
      }
    });
  });
}
