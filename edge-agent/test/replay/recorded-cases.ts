import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dialect } from '@aicarpool/shared-protocol';

/** One recorded answer of a provider, and what it means. */
export interface RecordedCase {
  readonly name: string;
  readonly dialect: Dialect;
  readonly streams: boolean;
  readonly request: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  /** How the recording was cut into writes. */
  readonly pieces: readonly Buffer[];
  readonly usage: RecordedUsage | null;
}

export interface RecordedUsage {
  readonly input: number | null;
  readonly output: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  readonly cacheWrite1h?: number | null;
  readonly thinking: number | null;
}

const folder = fileURLToPath(new URL('../../../../shared/corpus', import.meta.url));

/** Recordings lie beside the checkout on the machines that have them; elsewhere there are none. */
export const hasRecordings = existsSync(join(folder, 'manifest.json'));

const formats: Record<string, Dialect> = {
  anthropic: 'anthropic-messages',
  'openai-chat': 'openai-chat',
  'openai-responses': 'openai-responses',
  gemini: 'gemini',
};
const notReplayed = ['transfer-encoding', 'content-length', 'connection', 'date'];

export function recordedCases(): RecordedCase[] {
  if (!hasRecordings) return [];
  return Object.entries(formats).flatMap(([format, dialect]) =>
    readdirSync(join(folder, format)).map((id) => readCase(format, id, dialect)),
  );
}

function readCase(format: string, id: string, dialect: Dialect): RecordedCase {
  const at = (file: string) => join(folder, format, id, file);
  const read = (file: string) => JSON.parse(readFileSync(at(file), 'utf8'));
  const meta = read('meta.json');
  const body = readFileSync(at(meta.response.file));
  const chunks = existsSync(at('chunks.json')) ? read('chunks.json') : {};
  const headers = Object.entries<string>(meta.response.headers).filter(([name]) => !notReplayed.includes(name));
  return {
    name: `${format}/${id}`,
    dialect,
    streams: meta.stream,
    request: requestFor(dialect, meta.stream, meta.request.file ? readFileSync(at('request.json'), 'utf8') : undefined),
    path: pathFor(dialect, meta.stream, meta.request.path),
    status: meta.response.status,
    headers: Object.fromEntries(headers),
    body,
    pieces: cut(body, chunks),
    usage: read('expected.json').usage ?? null,
  };
}

function requestFor(dialect: Dialect, stream: boolean, recorded: string | undefined): string {
  if (recorded) {
    const body = JSON.parse(recorded);
    if (dialect === 'gemini' || typeof body.model === 'string') return recorded;
    return JSON.stringify({ ...body, model: 'claude-sonnet-4-5', stream });
  }
  if (dialect === 'gemini') return '{"contents":[{"parts":[{"text":"x"}]}]}';
  return JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 10, stream, messages: [], input: 'x' });
}

/** Providers' own hosts and clouds put other things in front; what clients of a gateway send is the plain path. */
function pathFor(dialect: Dialect, stream: boolean, recorded: string): string {
  if (dialect === 'anthropic-messages') return '/v1/messages';
  if (dialect === 'openai-chat') return '/v1/chat/completions';
  if (dialect === 'openai-responses') return '/v1/responses';
  const model = /models\/([^:/?]+)/.exec(recorded)?.[1] ?? 'gemini-2.5-flash';
  const search = recorded.includes('alt=sse') ? '?alt=sse' : '';
  return `/v1beta/models/${model}:${stream ? 'streamGenerateContent' : 'generateContent'}${search}`;
}

export function cut(body: Buffer, { every, splits }: { every?: number; splits?: readonly number[] }): Buffer[] {
  const ends = splits ? [...splits] : [];
  if (every) for (let at = every; at < body.length; at += every) ends.push(at);
  const pieces: Buffer[] = [];
  let start = 0;
  for (const end of [...ends, body.length]) {
    if (end > start) pieces.push(body.subarray(start, end));
    start = Math.max(start, end);
  }
  return pieces;
}
