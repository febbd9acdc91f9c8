import { createHash } from 'node:crypto';
import { isObject } from '../../../dialects/answer/read-value.ts';

const hint = Buffer.from('"tool_call');
const idLength = 9;

/**
 * Mistral answers 400 to ids of tool calls that are not nine letters or digits, as those of any other provider that a
 * conversation was with before. Calls and their results get the same new name; what fits already stays, bytes and all.
 */
export function fitCallIds(body: Buffer): Buffer {
  if (!body.includes(hint)) return body;
  const request = parse(body);
  if (!isObject(request) || !Array.isArray(request['messages'])) return body;
  let isChanged = false;
  const fit = (holder: Record<string, unknown>, name: string) => {
    const id = holder[name];
    if (typeof id !== 'string' || isFit(id)) return;
    holder[name] = createHash('sha256').update(id).digest('hex').slice(0, idLength);
    isChanged = true;
  };
  for (const message of request['messages'].filter(isObject)) {
    fit(message, 'tool_call_id');
    const calls: readonly unknown[] = Array.isArray(message['tool_calls']) ? message['tool_calls'] : [];
    for (const call of calls.filter(isObject)) fit(call, 'id');
  }
  return isChanged ? Buffer.from(JSON.stringify(request)) : body;
}

function isFit(id: string): boolean {
  return /^[a-zA-Z0-9]{9}$/.test(id);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
