import type { Dialect } from '@aicarpool/shared-protocol';
import { type Range, readTopLevel } from '../../dialects/json/read-top-level.ts';
import { skipSpace, skipValue } from '../../dialects/json/skip-value.ts';

const members: Record<Dialect, { readonly system: readonly string[]; readonly turns: string }> = {
  'anthropic-messages': { system: ['system'], turns: 'messages' },
  'openai-chat': { system: [], turns: 'messages' },
  'openai-responses': { system: ['instructions'], turns: 'input' },
  gemini: { system: ['systemInstruction', 'system_instruction'], turns: 'contents' },
};

const textAtMost = 2_048;
const turnsAtMost = 4;
const parsedAtMostBytes = 65_536;

/**
 * How a conversation began: the beginning of its system prompt and of all turns up to the first of the user. Later turns
 * change nothing of it, nor do cache marks that clients move along. Empty where the body cannot be read.
 */
export function readOpening(dialect: Dialect, body: Buffer): string {
  const { system, turns } = members[dialect];
  const top = readTopLevel(body, 0, body.length, [...system, turns]);
  if (!top.ok) return '';
  const words: string[] = [];
  for (const name of system) words.push(textIn(body, top.values.get(name)));
  const range = top.values.get(turns);
  if (range) words.push(...firstTurns(body, range));
  return words.join('\n');
}

function firstTurns(body: Buffer, range: Range): string[] {
  if (body[range.start] !== 0x5b) return [textIn(body, range)];
  const found: string[] = [];
  let at = skipSpace(body, range.start + 1, range.end);
  while (found.length < turnsAtMost && at < range.end && body[at] !== 0x5d) {
    const end = skipValue(body, at, range.end);
    if (end === -1) break;
    found.push(textIn(body, { start: at, end }));
    if (isOfUser(body, { start: at, end })) break;
    at = skipSpace(body, end, range.end);
    if (body[at] === 0x2c) at = skipSpace(body, at + 1, range.end);
  }
  return found;
}

function isOfUser(body: Buffer, turn: Range): boolean {
  const top = readTopLevel(body, turn.start, turn.end, ['role']);
  const role = top.ok ? top.values.get('role') : undefined;
  return role !== undefined && body.toString('latin1', role.start, role.end) === '"user"';
}

/** The first words of a value: of all strings under `text` or `content`, or of itself. */
function textIn(body: Buffer, range: Range | undefined): string {
  if (!range) return '';
  if (range.end - range.start > parsedAtMostBytes) return body.toString('utf8', range.start, range.start + textAtMost);
  try {
    return textOf(JSON.parse(body.toString('utf8', range.start, range.end)), 0).slice(0, textAtMost);
  } catch {
    return '';
  }
}

const deepest = 6;

function textOf(value: unknown, depth: number): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || depth > deepest) return '';
  if (Array.isArray(value)) return value.map((part) => textOf(part, depth + 1)).join('\n');
  return ['text', 'content', 'parts'].map((name) => textOf(Reflect.get(value, name), depth + 1)).join('');
}
