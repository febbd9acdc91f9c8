import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { newLogger, redact } from './log.ts';
import { isSecretName } from './redact.ts';

function capture(): { lines: string[]; log: ReturnType<typeof newLogger> } {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, log: newLogger('info', sink) };
}

test('writes no secret, by the name of its field or by its shape, however deep it lies', () => {
  const { lines, log } = capture();
  const key = `acp_${'k'.repeat(50)}`;
  log.info(
    { password: 'hunter22', nested: { list: [{ api_key: 'abc-123' }] }, header: 'Bearer abcdefghijkl' },
    `called with ${key}`,
  );
  log.error({ error: new Error(`connect postgres://carpool:pa55word@db/x?key=AIza${'x'.repeat(30)}`) }, 'failed');
  log.child({ token: 'ses-token-1' }).info('sk-ant-api03-abcdefgh');
  const text = lines.join('');
  for (const secret of ['hunter22', 'abc-123', 'abcdefghijkl', 'kkkkkk', 'pa55word', 'AIzaxxx', 'sk-ant-api03']) {
    expect(text).not.toContain(secret);
  }
  expect(lines.every((line) => JSON.parse(line)['program'] === 'control-plane')).toBe(true);
});

test('tells counts of tokens from tokens', () => {
  for (const name of ['token', 'node_token', 'registration_token', 'apiKey', 'Authorization', 'set-cookie', 'credential']) {
    expect([name, isSecretName(name)]).toEqual([name, true]);
  }
  for (const name of ['input_tokens', 'totalTokens', 'token_limit', 'name', 'key_id']) {
    expect([name, isSecretName(name)]).toEqual([name, false]);
  }
});

test('keeps nulls, dates and numbers, and survives what is circular', () => {
  const circle: Record<string, unknown> = { secret: null, count: 3 };
  circle['self'] = circle;
  expect(redact(circle)).toMatchObject({ secret: null, count: 3 });
  expect(() => JSON.stringify(redact(circle))).not.toThrow();
});

test('shows neither statement nor parameters of a failed query', () => {
  const error = new Error('Failed query: insert into t values ($1)\nparams: s3cret', {
    cause: Object.assign(new Error('dead'), { code: '23505' }),
  });
  const text = JSON.stringify(redact({ error }));
  expect(text).not.toMatch(/s3cret|insert/);
  expect(text).toContain('23505');
});
