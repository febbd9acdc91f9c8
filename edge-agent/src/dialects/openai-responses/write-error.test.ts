import { expect, it } from 'vitest';
import { SseReader } from '../sse/sse-reader.ts';
import { writeRefusal, writeStreamError } from './write-error.ts';

it('answers 400 with a code where Codex would repeat another status', () => {
  for (const code of ['model_unknown', 'model_not_allowed', 'group_inactive', 'service_not_offered', 'body_too_large'] as const) {
    const { status, body } = writeRefusal({ code, message: 'm' }, 'r');
    expect([status, JSON.parse(body).error.code]).toEqual([400, expect.any(String)]);
  }
  expect(writeRefusal({ code: 'upgrade_required', message: 'm' }, 'r').status).toBe(426);
});

it('ends a broken stream with the pair of events that OpenAI sends', () => {
  const events: [string, { type: string; response?: unknown; code?: string }][] = [];
  const reader = new SseReader({
    onEvent: (bytes, start, end) => events.push([reader.eventName(), JSON.parse(bytes.toString('utf8', start, end))]),
    onLongData: () => {},
    onStrayLine: () => {},
  });
  reader.push(Buffer.from(writeStreamError({ code: 'upstream_unreachable', message: 'gone' }, 'req_1')));
  expect(events.map(([name, data]) => [name, data.type])).toEqual([
    ['error', 'error'],
    ['response.failed', 'response.failed'],
  ]);
  expect(events[0]?.[1]).toMatchObject({ code: 'upstream_unreachable', message: 'gone' });
  expect(events[1]?.[1].response).toMatchObject({ status: 'failed', error: { code: 'upstream_unreachable', message: 'gone' } });
});
