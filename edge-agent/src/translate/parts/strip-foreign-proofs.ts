import type { Dialect } from '@aicarpool/shared-protocol';
import { type Range, readTopLevel } from '../../dialects/json/read-top-level.ts';
import { PROOF_MARK, PROOF_MARK_BASE64, unwrapProof } from './thinking-proof.ts';

const mark = Buffer.from(PROOF_MARK);
const markInBase64 = Buffer.from(PROOF_MARK_BASE64);
const conversations: Record<Dialect, string> = {
  'anthropic-messages': 'messages',
  'openai-chat': 'messages',
  'openai-responses': 'input',
  gemini: 'contents',
};

type Fields = Record<string, unknown>;

/**
 * Another provider may have answered the earlier turns, through a translation: what proves its thinking is taken out, for
 * this provider would refuse it, and with it the thinking. A body without such a proof is given back as it came; of any
 * other only the conversation is written anew.
 */
export function stripForeignProofs(body: Buffer, dialect: Dialect): Buffer {
  const isMarkedAtAll = body.includes(mark) || (dialect === 'gemini' && body.includes(markInBase64));
  if (!isMarkedAtAll) return body;
  const range = findConversation(body, dialect);
  if (!range) return body;
  try {
    const turns: unknown = JSON.parse(body.toString('utf8', range.start, range.end));
    if (!Array.isArray(turns)) return body;
    const kept = Buffer.from(JSON.stringify(turns.flatMap((turn) => (isFields(turn) ? strippers[dialect](turn) : [turn]))));
    return Buffer.concat([body.subarray(0, range.start), kept, body.subarray(range.end)]);
  } catch {
    return body;
  }
}

function findConversation(body: Buffer, dialect: Dialect): Range | undefined {
  const name = conversations[dialect];
  const top = readTopLevel(body, 0, body.length, [name]);
  return top.ok ? top.values.get(name) : undefined;
}

/** A turn without its foreign parts; none where nothing of it is left. */
const strippers: Record<Dialect, (turn: Fields) => readonly Fields[]> = {
  'anthropic-messages': (turn) =>
    keepParts(turn, 'content', (block) => withOwn(uncited(block), 'anthropic-messages', ['signature', 'data'])),
  'openai-responses': (item) => withOwn(item, 'openai-responses', ['encrypted_content']),
  'openai-chat': (message) => {
    const [kept = {}] =
      withOwn(message, 'openai-chat', ['reasoning_signature']).length > 0 ? [message] : [without(message, thinking)];
    if (!Array.isArray(kept['reasoning_details'])) return [kept];
    const [own] = keepParts(kept, 'reasoning_details', (detail) => withOwn(detail, 'openai-chat', ['signature', 'data']));
    return [own ?? without(kept, [...thinking, 'reasoning_details'])];
  },
  gemini: (turn) => keepParts(turn, 'parts', unsignedPart),
};

const thinking = ['reasoning_signature', 'reasoning_content', 'reasoning'];

/** Google's word for a call that another model made. */
const madeElsewhere = 'skip_thought_signature_validator';

function unsignedPart(part: Fields): readonly Fields[] {
  const names = ['thoughtSignature', 'thought_signature'].filter((name) => isMarked(part[name]));
  if (names.length === 0) return [part];
  if (part['thought'] === true) return [];
  const plain = without(part, names);
  return [plain['functionCall'] || plain['function_call'] ? { ...plain, thoughtSignature: madeElsewhere } : plain];
}

/** Without the sources that another provider named: what proves them would be refused. */
function uncited(block: Fields): Fields {
  const { citations, ...plain } = block;
  if (!Array.isArray(citations) || !citations.some(isForeign)) return block;
  const own = citations.filter((one) => !isForeign(one));
  return own.length === 0 ? plain : { ...plain, citations: own };
}

function isForeign(citation: unknown): boolean {
  return isFields(citation) && isMarked(citation['encrypted_index']);
}

/** None where one of `names` holds the proof of another provider; a proof of this one is unwrapped. */
function withOwn(part: Fields, dialect: Dialect, names: readonly string[]): readonly Fields[] {
  let own = part;
  for (const name of names) {
    const value = part[name];
    const wrapped = typeof value === 'string' ? unwrapProof(value) : undefined;
    if (!wrapped) continue;
    if (wrapped.dialect !== dialect || wrapped.isOfCall) return [];
    own = { ...own, [name]: wrapped.proof };
  }
  return [own];
}

function keepParts(turn: Fields, name: string, keep: (part: Fields) => readonly Fields[]): readonly Fields[] {
  const parts = turn[name];
  if (!Array.isArray(parts)) return [turn];
  const kept = parts.flatMap((part) => (isFields(part) ? keep(part) : [part]));
  return kept.length === 0 && parts.length > 0 ? [] : [{ ...turn, [name]: kept }];
}

function isMarked(value: unknown): boolean {
  return typeof value === 'string' && (value.startsWith(PROOF_MARK) || value.startsWith(PROOF_MARK_BASE64));
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
