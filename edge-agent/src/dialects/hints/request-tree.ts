import { type Document, isObject } from '../answer/read-value.ts';

export type RequestTree = Document;

/** The whole body, parsed, so that no spelling of a name hides anything; undefined: it is no JSON object. */
export function parseRequest(body: Buffer): RequestTree | undefined {
  try {
    const request: unknown = JSON.parse(body.toString('utf8'));
    return isObject(request) ? request : undefined;
  } catch {
    return undefined;
  }
}

export function isFilled(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

/** Those that are listed, and those that come along inside `input`, as Codex brings them. */
export function toolsOf(request: RequestTree): readonly unknown[] {
  const listed = isFilled(request['tools']) ? request['tools'] : [];
  const input = isFilled(request['input']) ? request['input'] : [];
  return [...listed, ...input.flatMap((item) => (isObject(item) && isFilled(item['tools']) ? item['tools'] : []))];
}
