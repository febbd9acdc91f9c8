import { expect, it } from 'vitest';
import { withoutAccountNames } from './account-names.ts';

it.each([
  ['Rate limit reached for gpt-5 in organization org-xxx on tokens', 'Rate limit reached for gpt-5 in organization … on tokens'],
  [
    'Request too large for gpt-4o in project proj_a1b2c3 organization org-9Zx8 on',
    'Request too large for gpt-4o in project … organization … on',
  ],
  ['limit (org: 00000000-0000-4000-8000-000000000000, model: claude-sonnet-4-6).', 'limit (org: …, model: claude-sonnet-4-6).'],
  ['Incorrect API key provided: sk-proj-********************wxyz, see', 'Incorrect API key provided: …, see'],
  ['Incorrect API key provided: sk-proj-AbCdEf0123456789.', 'Incorrect API key provided: …'],
  ['API key AIzaSyA1234567890abcdefghij expired', 'API key … expired'],
  [
    'has not been used in project 12345678 before; visit https://x.google.com/o?project=12345678 then',
    'has not been used in project … before; visit https://x.google.com/o?project=… then',
  ],
  ["Permission denied on resource 'projects/acme-prod/locations/eu'", "Permission denied on resource 'projects/…/locations/eu'"],
  ["Consumer 'project_number:4711' has been suspended", "Consumer 'project_number:…' has been suspended"],
  ['User: arn:aws:iam::123456789012:user/bob is not authorized', 'User: … is not authorized'],
  ['The organization "Acme Corp" has been disabled', 'The organization … has been disabled'],
  ['Ask bob.b@acme.example for access', 'Ask … for access'],
  ['Organization: Acme Corp, model: x', 'Organization: …, model: x'],
  ['see https://acme-prod.openai.azure.com/x', 'see https://….openai.azure.com/x'],
])('hides who asked: %s', (message, shown) => {
  expect(withoutAccountNames(message)).toBe(shown);
});

it.each([
  'messages.0.content.1: unexpected `tool_use_id` found in `tool_result` blocks: toolu_01A09q90qw90lq917835lq9.',
  'The model `gpt-4.1-nano-wrong` does not exist or you do not have access to it.',
  "Invalid 'user_location': key_name is unknown, user-agent too",
  'prompt is too long: 210000 tokens > 200000 maximum',
  'Visit https://platform.openai.com/account/rate-limits to learn more.',
  'You exceeded your current quota, please check your plan and billing details. Please retry in 20.5s.',
  "Invalid schema for function 'get_account_balance': project_id is required",
  "This request would exceed your organization's rate limit of 30,000 input tokens per minute",
])('leaves what helps the caller: %s', (message) => {
  expect(withoutAccountNames(message)).toBe(message);
});
