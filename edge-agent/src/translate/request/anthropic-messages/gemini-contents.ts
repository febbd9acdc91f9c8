import { findText, objectOf, textOf } from '../../parts/json.ts';
import type { Untranslatable } from '../../parts/untranslatable.ts';
import type { JsonObject } from '../../translation.ts';
import { portableName } from '../portable-name.ts';
import { systemTexts } from './check-fields.ts';
import { findHistoryText, type Media, readMedia } from './read-media.ts';
import { findBlockProof } from './read-proofs.ts';
import { readSaid, readToolResult, readTurns, refuseBlock, type Turn, textsOf } from './read-turns.ts';

/** From 3 on Gemini refuses a call without a signature; this is Google's word for a call that another model made. */
const MADE_ELSEWHERE = 'skip_thought_signature_validator';

export interface GeminiConversation {
  readonly contents: readonly JsonObject[];
  readonly systemParts: readonly JsonObject[];
}

/** Gemini takes words of the system before the conversation only: those from its middle are moved there. */
export function geminiConversation(body: JsonObject, model: string, problems: Untranslatable): GeminiConversation {
  const turns = readTurns(body['messages']);
  const names = callNames(turns);
  const contents: { role: string; parts: JsonObject[] }[] = [];
  const system = [...systemTexts(body['system'])];
  for (const turn of turns) {
    if (turn.role === 'system') {
      system.push(textsOf(readSaid(turn.blocks, problems)));
      continue;
    }
    const role = turn.role === 'user' ? 'user' : 'model';
    const parts = turn.role === 'user' ? userParts(turn, names, problems) : modelParts(turn, wantsProofs(model), problems);
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else if (parts.length > 0) contents.push({ role, parts: [...parts] });
  }
  return { contents, systemParts: system.filter((text) => text !== '').map((text) => ({ text })) };
}

/** Results name their call by its id; Gemini wants the name of the function as well. */
function callNames(turns: readonly Turn[]): ReadonlyMap<string, string> {
  const calls = turns.flatMap(({ blocks }) => blocks.filter(({ type }) => type === 'tool_use'));
  return new Map(calls.map((call) => [textOf(call['id']), portableName(textOf(call['name']))]));
}

function userParts({ blocks }: Turn, names: ReadonlyMap<string, string>, problems: Untranslatable): readonly JsonObject[] {
  const results: JsonObject[] = [];
  const parts: JsonObject[] = [];
  for (const block of blocks) {
    if (block['type'] !== 'tool_result') {
      parts.push(...readSaid([block], problems).map((media) => mediaPart(media, problems)));
      continue;
    }
    const { id, isError, said } = readToolResult(block, problems);
    const response = { [isError ? 'error' : 'output']: textsOf(said) };
    results.push({ functionResponse: { id, name: names.get(id) ?? 'tool', response } });
    const media = said.filter((one) => one.kind !== 'text');
    if (media.length > 0) parts.push({ text: `From the result of tool call ${id}:` });
    parts.push(...media.map((one) => mediaPart(one, problems)));
  }
  return [...results, ...parts];
}

function mediaPart(media: Media, problems: Untranslatable): JsonObject {
  if (media.kind === 'text') return { text: media.text };
  if (media.kind === 'data') return { inlineData: { mimeType: media.mimeType, data: media.base64 } };
  const mimeType = media.mimeType === 'image/*' ? mimeOfUrl(media.url) : media.mimeType;
  if (!media.url.startsWith('https://') && !media.url.startsWith('http://') && !media.url.startsWith('gs://')) {
    problems.refuse('A file by this kind of address', 'send its bytes (source of type base64).');
  }
  return { fileData: { mimeType, fileUri: media.url } };
}

const mimeTypes = new Map([
  ['png', 'image/png'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
]);

/** Gemini wants to be told; most pictures of the web are JPEG. */
function mimeOfUrl(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  return mimeTypes.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase()) ?? 'image/jpeg';
}

function wantsProofs(model: string): boolean {
  return !/^gemini-[12]/.test(model.slice(model.lastIndexOf('/') + 1));
}

function modelParts({ blocks }: Turn, isStrict: boolean, problems: Untranslatable): readonly JsonObject[] {
  const parts: Record<string, JsonObject[string]>[] = [];
  let callProof: string | undefined;
  for (const block of blocks) {
    const type = textOf(block['type']);
    if (type === 'thinking' || type === 'redacted_thinking') {
      const proof = findBlockProof(block);
      if (proof?.dialect !== 'gemini') continue;
      if (proof.isOfCall) callProof = proof.proof;
      else addProof(parts, findText(block['thinking']), proof.proof);
    } else if (type === 'tool_use') {
      // Only the first of several calls at once is signed.
      const isFirst = isStrict && !parts.some((part) => part['functionCall'] !== undefined);
      parts.push(callPart(block, callProof ?? (isFirst ? MADE_ELSEWHERE : undefined)));
      callProof = undefined;
    } else parts.push(...saidParts(type, block, problems));
  }
  return parts;
}

function saidParts(type: string, block: JsonObject, problems: Untranslatable): JsonObject[] {
  if (type === 'image' || type === 'document') return readMedia(block, problems).map((media) => mediaPart(media, problems));
  const text = type === 'text' ? textOf(block['text']) : findHistoryText(block);
  if (text === undefined) refuseBlock(type, problems);
  return text === undefined || text === '' ? [] : [{ text }];
}

/** A proof that stood with thinking goes back with it; one that stood alone belongs to the text before it. */
function addProof(parts: Record<string, JsonObject[string]>[], thinking: string | undefined, proof: string): void {
  const last = parts.at(-1);
  if (thinking !== undefined) parts.push({ text: thinking, thought: true, thoughtSignature: proof });
  else if (last && last['text'] !== undefined && last['thoughtSignature'] === undefined) last['thoughtSignature'] = proof;
  else parts.push({ text: '', thoughtSignature: proof });
}

function callPart(block: JsonObject, proof: string | undefined): Record<string, JsonObject[string]> {
  const functionCall = { id: textOf(block['id']), name: portableName(textOf(block['name'])), args: objectOf(block['input']) };
  return proof === undefined ? { functionCall } : { functionCall, thoughtSignature: proof };
}
