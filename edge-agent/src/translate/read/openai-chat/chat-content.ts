import { asList, asObject, asText, type Document } from '../../../dialects/answer/read-value.ts';
import type { AnswerStep } from '../../answer-step.ts';

/** What a delta or a message says besides its tool calls, in the order in which models say it: thinking first. */
export function contentSteps(said: Document): readonly AnswerStep[] {
  const steps: AnswerStep[] = [];
  const add = (kind: 'text' | 'thinking' | 'refusal', value: unknown): void => {
    const text = asText(value);
    if (text !== null) steps.push({ kind, text });
  };
  const thought = asText(said['reasoning_content']) ?? asText(said['reasoning']);
  if (thought !== null) add('thinking', thought);
  else for (const detail of asList(said['reasoning_details']).map(asObject)) add('thinking', detail['text'] ?? detail['summary']);
  if (typeof said['content'] === 'string') add('text', said['content']);
  else for (const part of asList(said['content'])) addPart(asObject(part), add);
  add('refusal', said['refusal']);
  for (const image of asList(said['images'])) {
    const step = imageStep(asObject(asObject(image)['image_url'])['url']);
    if (step) steps.push(step);
  }
  return steps;
}

/** Mistral writes content as parts, thinking among them. */
function addPart(part: Document, add: (kind: 'text' | 'thinking' | 'refusal', value: unknown) => void): void {
  if (part['type'] === 'thinking') {
    const { thinking } = part as { thinking?: unknown };
    if (typeof thinking === 'string') add('thinking', thinking);
    else for (const piece of asList(thinking)) add('thinking', asObject(piece)['text']);
  } else if (part['type'] === 'refusal') add('refusal', part['refusal']);
  else add('text', part['text']);
}

function imageStep(url: unknown): AnswerStep | null {
  const text = asText(url);
  const comma = text?.indexOf(';base64,') ?? -1;
  if (text === null || comma === -1 || !text.startsWith('data:')) return null;
  return { kind: 'image', mimeType: text.slice('data:'.length, comma), base64: text.slice(comma + ';base64,'.length) };
}
