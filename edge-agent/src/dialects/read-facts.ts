import type { RequestReading } from './dialect.ts';
import { type Range, readTopLevel } from './json/read-top-level.ts';

export interface FactFields {
  /** Top-level keys that may hold the output limit; the first one that is there counts. */
  readonly limits: readonly string[];
  /** From the path, where the dialect names the model or says the stream there; null: from the body. */
  readonly model: string | null;
  readonly stream: boolean | null;
}

const MAX_MODEL_LENGTH = 200;

/** Model, stream flag and output limit of a JSON body; everything else in it is the provider's business. */
export function readFacts(body: Buffer, fields: FactFields): RequestReading {
  const top = readTopLevel(body, 0, body.length, ['model', 'stream', ...fields.limits]);
  if (!top.ok) return malformed(`The body ${top.problem}.`);
  const model = fields.model ?? decode(body, top.values.get('model'));
  if (typeof model !== 'string' || model.trim() === '') {
    return malformed('The body needs "model": the name of the model to ask, as a string.');
  }
  if (model.length > MAX_MODEL_LENGTH) return malformed(`"model" is longer than ${MAX_MODEL_LENGTH} characters.`);
  const stream = fields.stream ?? decode(body, top.values.get('stream')) ?? false;
  if (typeof stream !== 'boolean') return malformed('"stream" must be true or false.');
  return { ok: true, facts: { model, stream, maxOutputTokens: firstLimit(body, fields.limits, top.values) } };
}

export function malformed(message: string): RequestReading {
  return { ok: false, refusal: { code: 'body_malformed', message } };
}

/** The first of `names` that holds a positive number, rounded up. */
export function firstLimit(body: Buffer, names: readonly string[], values: ReadonlyMap<string, Range>): number | null {
  for (const name of names) {
    const limit = decode(body, values.get(name));
    if (typeof limit === 'number' && limit > 0) return Math.ceil(Math.min(limit, Number.MAX_SAFE_INTEGER));
  }
  return null;
}

/** A scalar; long and nested values are of no interest here. */
function decode(body: Buffer, range: Range | undefined): unknown {
  if (!range || range.end - range.start > 4096) return undefined;
  try {
    return JSON.parse(body.toString('utf8', range.start, range.end));
  } catch {
    return undefined;
  }
}
