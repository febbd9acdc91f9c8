import { anthropicAnswer, anthropicEnd, anthropicStart, anthropicText, event } from '../../fake-upstream/fake-upstream.ts';
import { halfCharacter, type Meaning, type Speech } from './speech.ts';

const types: Readonly<Record<Meaning, string>> = {
  authentication: 'authentication_error',
  billing: 'billing_error',
  permission: 'permission_error',
  not_found: 'not_found_error',
  timeout: 'timeout_error',
  conflict: 'conflict_error',
  too_large: 'request_too_large',
  rate_limit: 'rate_limit_error',
  used_up: 'billing_error',
  internal: 'api_error',
  overloaded: 'overloaded_error',
  invalid: 'invalid_request_error',
};

const error = (_status: number, meaning: Meaning) =>
  JSON.stringify({ type: 'error', error: { type: types[meaning], message: 'no' } });

export const anthropicSpeech: Speech = {
  dialect: 'anthropic-messages',
  answer: anthropicAnswer,
  uncounted: anthropicAnswer.replace(/,"usage":\{[^}]*\}/, ''),
  countedZero: anthropicAnswer.replace(/"usage":\{[^}]*\}/, '"usage":{"input_tokens":0,"output_tokens":0}'),
  start: anthropicStart(25),
  hello: anthropicText('hello'),
  end: anthropicEnd(15),
  endOf: anthropicEnd,
  endUncounted: event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null } }) + event('message_stop'),
  half: 'event: content_block_delta\ndata: {"type":"content_blo',
  midCharacter: Buffer.concat([
    Buffer.from(
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"',
    ),
    halfCharacter,
  ]),
  error,
  errorEvent: (_status, meaning) => event('error', { error: { type: types[meaning], message: 'busy' } }),
  waitOfItsOwn: {
    headers: { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '30' },
    body: error(429, 'rate_limit'),
  },
};
