import { describe, expect, it } from 'vitest';
import { openaiChatToAnthropicMessages } from '../../src/translate/pairs/openai-chat-to-anthropic-messages.ts';
import { openaiChatToGemini } from '../../src/translate/pairs/openai-chat-to-gemini.ts';
import { openaiChatToOpenaiResponses } from '../../src/translate/pairs/openai-chat-to-openai-responses.ts';
import { openaiResponsesToOpenaiChat } from '../../src/translate/pairs/openai-responses-to-openai-chat.ts';
import type { Translation } from '../../src/translate/translation.ts';
import type { Loose } from './canonical.ts';
import { bareSchema, canonicalRequest } from './canonical-request.ts';
import { at, pairRequests } from './pair-requests.ts';

const pairs: readonly (readonly [string, Translation, string])[] = [
  ['openai-chat__anthropic', openaiChatToAnthropicMessages, 'claude-sonnet-4-5-20250929'],
  ['openai-chat__gemini', openaiChatToGemini, 'gemini-3.5-flash'],
  ['openai-chat__openai-responses', openaiChatToOpenaiResponses, 'gpt-5.6-terra'],
  ['openai-responses__openai-chat', openaiResponsesToOpenaiChat, 'deepseek-v4-flash'],
];

function bodyOf(translation: Translation, input: Loose, model: string): Loose {
  const nativePath = translation.from === 'openai-chat' ? '/v1/chat/completions' : '/v1/responses';
  const endpoint = { dialect: translation.from, operation: 'generate', nativePath, search: '', modelInPath: null } as const;
  const asked = translation.translateRequest({
    endpoint: { ...endpoint, streamInPath: null },
    body: input,
    model: input.model ? model : 'deepseek-v4-flash',
    stream: input.stream === true,
  });
  if (!asked.ok) throw new Error(asked.refusal.message);
  return asked.request.body;
}

/** Instructions may stand among the items. */
function withInstructions(body: Loose): Loose {
  if (!Array.isArray(body.input)) return body;
  const said = body.input.filter(({ role }: Loose) => role === 'system' || role === 'developer');
  const texts = said.map(({ content }: Loose) => (typeof content === 'string' ? content : content[0].text));
  const input = body.input.filter((item: Loose) => !said.includes(item));
  return { ...body, input, instructions: texts.join('\n\n') };
}

/** As the peer writes it, schemas cut to what this reading compares. */
function wantedOf(file: Loose, member: string): unknown {
  const wanted = file.canonical[member];
  if (member === 'tools') return wanted.map((tool: Loose) => ({ ...tool, schema: bareSchema(tool.schema) }));
  if (member === 'json' && wanted?.schema) return { schema: bareSchema(wanted.schema) };
  return wanted;
}

for (const [folder, translation, model] of pairs) {
  const requests = pairRequests(folder);
  describe(`requests that peers translated: ${folder}`, () => {
    it.skipIf(requests.length === 0)('are there (they lie beside the checkout)', () => expect(requests).not.toHaveLength(0));

    it.each(requests.map(({ name, file }) => [name, file] as const))('%s', (_name, file) => {
      const body = bodyOf(translation, file.input, model);
      if (file.assertions) {
        for (const { path, value, op, essential } of file.assertions as Loose[]) {
          if (essential && op === 'equals') expect(at(body, path), path).toEqual(value);
          if (essential && op === 'absent') expect(at(body, path), path).toBeUndefined();
        }
        return;
      }
      const said = canonicalRequest(translation.to, withInstructions(body)) as unknown as Record<string, unknown>;
      for (const member of file.essential as string[]) {
        if (member in said) expect(said[member], member).toEqual(wantedOf(file, member));
      }
    });
  });
}
