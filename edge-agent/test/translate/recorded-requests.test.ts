import { type Dialect, dialects } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { readEndpoint } from '../../src/dialects/index.ts';
import { findTranslation } from '../../src/translate/table.ts';
import { findCorpus } from '../find-corpus.ts';
import { complaints } from './accepted-request.ts';
import type { Loose } from './canonical.ts';
import { pairRequests } from './pair-requests.ts';

const paths: Record<Dialect, string> = {
  'anthropic-messages': '/v1/messages',
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  gemini: '/v1beta/models/gemini-3-pro:generateContent',
};
const models: Record<Dialect, readonly string[]> = {
  'anthropic-messages': ['claude-sonnet-4-5', 'claude-opus-4-8'],
  'openai-chat': ['gpt-4o', 'gpt-5'],
  'openai-responses': ['gpt-4o', 'gpt-5'],
  gemini: ['gemini-2.5-flash', 'gemini-3-pro'],
};
const short: Record<Dialect, string> = {
  'anthropic-messages': 'anthropic',
  'openai-chat': 'openai-chat',
  'openai-responses': 'openai-responses',
  gemini: 'gemini',
};

const incomplete = ['SplitFunctionCalls', 'anthropic-completion-error-0', 'PreservesJSONSchemaTextF', 'EmptyUnsignedReasoning'];

/** Refused by its own API as well: without a question, or with a call that nothing came of. */
function isIncomplete(id: string, { messages, input, contents }: Loose): boolean {
  const said = messages ?? input ?? contents ?? [];
  return said.length === 0 || incomplete.some((one) => id.includes(one));
}

/** Every request that somebody recorded in this format. */
function requestsOf(dialect: Dialect): { readonly id: string; readonly body: Loose }[] {
  const recorded = findCorpus()
    .filter((one) => one.dialect === dialect && one.request !== null)
    .map(({ id, request }) => ({ id, body: JSON.parse(request?.toString() ?? '{}') as Loose }));
  const ofPeers = dialects.flatMap((target) => pairRequests(`${short[dialect]}__${short[target]}`));
  const translated = ofPeers.map(({ name, file }) => ({ id: name, body: file.input as Loose }));
  return [...recorded, ...translated].filter(({ id, body }) => body && !isIncomplete(id, body));
}

for (const from of dialects) {
  const requests = requestsOf(from);
  describe.skipIf(requests.length === 0)(`recorded requests of ${from} (skipped without recordings)`, () => {
    for (const to of dialects.filter((one) => one !== from)) {
      it(`are asked of ${to} so that it takes them, or refused with a reason`, () => {
        const translation = findTranslation(from, to);
        const reading = readEndpoint('POST', paths[from], {});
        if (!translation || !reading.ok) throw new Error('no such pair');
        const found: unknown[] = [];
        let asked = 0;
        for (const { id, body } of requests) {
          for (const model of models[to]) {
            const answer = translation.translateRequest({ endpoint: reading.endpoint, body, model, stream: false });
            if (answer.ok) {
              asked += 1;
              for (const complaint of complaints(to, answer.request.body)) found.push([id, model, complaint]);
            } else if (answer.refusal.message.length < 30) found.push([id, model, answer.refusal.message]);
          }
        }
        expect(found).toEqual([]);
        expect(asked / (requests.length * models[to].length)).toBeGreaterThan(0.6);
      });
    }
  });
}
