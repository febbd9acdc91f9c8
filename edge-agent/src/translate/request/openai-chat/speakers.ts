import { findText, objectsOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';

/**
 * Who speaks, where several users do: no other format has a member for it, so that it is said before what they say. A
 * single name tells nobody apart.
 */
export function withSpeakers(request: JsonObject): readonly JsonObject[] {
  const messages = objectsOf(request['messages']);
  const names = new Set(messages.flatMap((message) => speakerOf(message) ?? []));
  return names.size < 2 ? messages : messages.map(named);
}

function speakerOf(message: JsonObject): string | undefined {
  return message['role'] === 'user' ? findText(message['name']) : undefined;
}

function named(message: JsonObject): JsonObject {
  const name = speakerOf(message);
  return name === undefined ? message : { ...message, content: said(name, message['content']) };
}

function said(name: string, content: JsonValue | undefined): JsonValue {
  if (typeof content === 'string') return `${name}: ${content}`;
  return [{ type: 'text', text: `${name}:` }, ...objectsOf(content)];
}
