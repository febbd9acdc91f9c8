import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { openLog } from './log.ts';
import { redact } from './redact.ts';

const canaries = [
  'acp_9QmX2canary77aa',
  'acn_nodeIdentity12',
  'acr_registration3',
  `ng1.${'ab'.repeat(32)}.reg_canary.${'s'.repeat(43)}`,
  'sk-ant-api03-canary-secret',
  'AIzaSyCanaryCanaryCanary12',
  'ya29.canary-canary-canary',
];

test('takes credentials out of running text and leaves the rest', () => {
  for (const canary of canaries) {
    expect(redact(`call failed with ${canary} at once`)).toBe('call failed with [redacted] at once');
  }
  expect(redact('authorization: Bearer abc.def-123 then')).toBe('authorization: Bearer[redacted] then');
  expect(redact('GET /v1beta/models?key=abcdef&alt=sse')).toBe('GET /v1beta/models?key=[redacted]&alt=sse');
  expect(redact('task-list is fine, asking risk-averse people too')).toBe('task-list is fine, asking risk-averse people too');
});

test('a log line holds no credential, whether in a field, an error or the message', () => {
  let written = '';
  const destination = new PassThrough();
  destination.on('data', (chunk) => {
    written += chunk;
  });
  const log = openLog({ destination });
  for (const canary of canaries) {
    log.info({ headers: { authorization: `Bearer ${canary}`, 'x-api-key': canary }, credential: canary }, `used ${canary}`);
    log.error({ err: new Error(`upstream said ${canary}`) }, 'failed');
  }
  for (const canary of canaries) expect(written).not.toContain(canary);
  expect(
    written
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)).length,
  ).toBe(canaries.length * 2);
});
