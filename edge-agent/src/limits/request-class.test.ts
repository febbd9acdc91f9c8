import { expect, it } from 'vitest';
import { isUrgent } from './request-class.ts';

it('takes a request for urgent unless its client says that nobody waits for it', () => {
  expect(isUrgent({})).toBe(true);
  expect(isUrgent({ 'x-claude-code-request-class': 'main' })).toBe(true);
  expect(isUrgent({ 'x-claude-code-request-class': 'compaction' })).toBe(false);
  expect(isUrgent({ 'x-codex-turn-metadata': '{"request_kind":"turn"}' })).toBe(true);
  expect(isUrgent({ 'x-codex-turn-metadata': '{"request_kind":"compaction"}' })).toBe(false);
  expect(isUrgent({ 'x-codex-turn-metadata': '{"request_kind":' })).toBe(true);
});
