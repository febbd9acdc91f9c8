import { type RefusalCode, refusals } from '@aicarpool/shared-protocol';
import { expect, it } from 'vitest';
import { openAiError, writeOpenAiRefusal } from './write-openai-error.ts';

const codes = Object.keys(refusals).filter((code): code is RefusalCode => code in refusals);

it('always gives a code, which is what Codex shows a clean message for', () => {
  for (const code of codes) expect(openAiError({ code, message: 'm' }).code).toMatch(/^[a-z_]+$/);
});

it('writes status, headers and body, with a 400 where the dialect asks for it', () => {
  const written = writeOpenAiRefusal({ code: 'model_not_allowed', message: 'm' }, 'req_1', new Set(['model_not_allowed']));
  expect(written).toEqual({
    status: 400,
    headers: { 'content-type': 'application/json', 'x-should-retry': 'false', 'x-request-id': 'req_1' },
    body: '{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"policy_blocked"}}',
  });
  expect(writeOpenAiRefusal({ code: 'model_not_allowed', message: 'm' }, 'req_1', new Set()).status).toBe(403);
});
