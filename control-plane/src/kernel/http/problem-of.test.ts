import { problem } from '@aicarpool/shared-protocol';
import { expect, test } from 'vitest';
import { Conflict, LimitReached, NotFound } from '../errors.ts';
import { problemOf } from './problem-of.ts';

test('answers what a verb said no with', () => {
  const reply = problemOf(new Conflict('name_taken', 'choose another name', { name: 'x' }), 'req_1');
  expect(reply).toMatchObject({ status: 409, headers: {}, isBug: false });
  expect(problem.parse(reply.body).error).toEqual({
    code: 'name_taken',
    message: 'choose another name',
    details: { name: 'x' },
    request_id: 'req_1',
  });
  expect(problemOf(new NotFound('gone', 'gone'), 'req_1').body.error).not.toHaveProperty('details');
});

test('says when to come back', () => {
  expect(problemOf(new LimitReached('slow', 'slow down', undefined, 12.2), 'r').headers).toEqual({ 'retry-after': '13' });
});

test('tells nothing of a bug', () => {
  const reply = problemOf(new Error('select * from secrets where password = 1'), 'req_9');
  expect(reply).toMatchObject({ status: 500, isBug: true });
  expect(JSON.stringify(reply.body)).not.toMatch(/select|password/);
});

test('takes a character that the database cannot hold for a mistake of the caller', () => {
  for (const code of ['22021', '22P05']) {
    const reply = problemOf(new Error('Failed query', { cause: Object.assign(new Error('x'), { code }) }), 'r');
    expect([reply.status, reply.body.error.code, reply.isBug]).toEqual([400, 'invalid_input', false]);
  }
});

test('answers 503 with Retry-After while the database is away', () => {
  const coded = (code: string, more = {}) => Object.assign(new Error('x'), { code, ...more });
  for (const cause of [
    coded('57P01'),
    coded('CONNECTION_CLOSED'),
    coded('ECONNREFUSED'),
    coded('ENOENT', { syscall: 'connect' }),
  ]) {
    const reply = problemOf(new Error('Failed query', { cause }), 'r');
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
  }
  for (const cause of [coded('23505'), coded('ENOENT', { syscall: 'open' })]) expect(problemOf(cause, 'r').status).toBe(500);
});

test.each(['EPIPE', 'ECONNRESET', 'CONNECTION_CLOSED', '57P01', '08006'])(
  'asks to come back while the database is away: %s',
  (code) => {
    const error = new Error('Failed query', { cause: Object.assign(new Error('gone'), { code }) });
    expect(problemOf(error, 'req_1')).toMatchObject({ status: 503, isBug: false });
  },
);
