import { present } from '../parts/json.ts';
import type { Media, Result, Text, Turn, TurnPart } from '../request/turns.ts';
import type { JsonObject } from '../translation.ts';
import { settleResults } from './settle-results.ts';

/** What Gemini 3 takes in place of a signature for a call that another model made; without one it refuses the call. */
const FOREIGN_CALL = 'skip_thought_signature_validator';

export function geminiContents(turns: readonly Turn[], isStrict: boolean): readonly JsonObject[] {
  return settleResults(turns)
    .map(({ role, parts }) => ({
      role: role === 'assistant' ? 'model' : 'user',
      parts: role === 'assistant' ? modelParts(parts, isStrict) : userParts(parts, isStrict),
    }))
    .filter(({ parts }) => parts.length > 0);
}

function userParts(parts: readonly TurnPart[], isStrict: boolean): readonly JsonObject[] {
  const results = parts.filter((part) => part.kind === 'result');
  const said = parts.filter((part) => part.kind === 'text' || part.kind === 'media');
  return [...results.flatMap((result) => resultParts(result, isStrict)), ...said.map(partOf)];
}

/** Gemini 3 takes bytes inside a response; before, and for addresses, they stand beside it. */
function resultParts({ id, name, content, isError }: Result, isStrict: boolean): readonly JsonObject[] {
  const text = content.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n');
  const media = content.filter((part) => part.kind === 'media');
  const inside = isStrict ? media.filter(({ base64 }) => base64 !== null) : [];
  const functionResponse = present({
    id,
    name: name === '' ? id : name,
    response: isError ? { error: text } : { output: text },
    parts: inside.length > 0 ? inside.map(partOf) : undefined,
  });
  return [{ functionResponse }, ...media.filter((part) => !inside.includes(part)).map(partOf)];
}

function modelParts(parts: readonly TurnPart[], isStrict: boolean): readonly JsonObject[] {
  const said: JsonObject[] = [];
  let ofCall: string | undefined;
  let hasCalled = false;
  for (const part of parts) {
    if (part.kind === 'thinking') {
      if (part.isOfCall) ofCall = part.proof;
      else said.push({ text: '', thoughtSignature: part.proof });
    } else if (part.kind === 'call') {
      const thoughtSignature = ofCall ?? (isStrict && !hasCalled ? FOREIGN_CALL : undefined);
      said.push(present({ functionCall: { id: part.id, name: part.name, args: part.input }, thoughtSignature }));
      hasCalled = true;
      ofCall = undefined;
    } else if (part.kind === 'text' || part.kind === 'media') said.push(partOf(part));
  }
  return said;
}

function partOf(part: Text | Media): JsonObject {
  if (part.kind === 'text') return { text: part.text };
  const { mimeType, base64, url } = part;
  return base64 === null ? { fileData: { mimeType, fileUri: url } } : { inlineData: { mimeType, data: base64 } };
}
