import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Dialect } from '@aicarpool/shared-protocol';

/** One recorded answer of a provider and what it means; see the README of the corpus. */
export interface CorpusCase {
  readonly id: string;
  readonly dialect: Dialect;
  readonly meta: {
    readonly stream: boolean;
    readonly request: { readonly path: string; readonly headers?: Readonly<Record<string, string>> };
    readonly response: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly file: string };
  };
  readonly expected: {
    readonly model?: string | null;
    readonly stopReason?: string | null;
    readonly usage?: CorpusUsage | null;
    readonly error?: { readonly type: string | null; readonly code?: string | number | null; readonly message: string };
    readonly incomplete?: boolean;
    readonly usageIncomplete?: boolean;
  };
  /** The body as it was sent; `body` has its content-encoding taken off. */
  readonly wire: Buffer;
  readonly body: Buffer;
  readonly request: Buffer | null;
}

export interface CorpusUsage {
  readonly input: number | null;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWrite1h?: number;
  readonly output: number;
  readonly thinking: number | null;
  readonly inputTotal: number | null;
  readonly webSearchRequests?: number;
  readonly inputAudio?: number;
  readonly outputAudio?: number;
  readonly billed?: { readonly input: number; readonly output: number; readonly cacheRead: number; readonly cacheWrite: number };
}

const folders: readonly (readonly [string, Dialect])[] = [
  ['anthropic', 'anthropic-messages'],
  ['gemini', 'gemini'],
  ['openai-chat', 'openai-chat'],
  ['openai-responses', 'openai-responses'],
];

/** Recorded traffic lies beside the checkout, never in it; an empty list where it is absent. `CARPOOL_CORPUS` names another place. */
export function findCorpus(): CorpusCase[] {
  const beside = fileURLToPath(new URL('../../../shared/corpus', import.meta.url));
  const root = process.env['CARPOOL_CORPUS'] ?? beside;
  const cases: CorpusCase[] = [];
  for (const [folder, dialect] of folders) {
    const parent = path.join(root, folder);
    if (!existsSync(parent)) continue;
    for (const id of readdirSync(parent).sort()) {
      const read = (file: string): Buffer => readFileSync(path.join(parent, id, file));
      const meta: CorpusCase['meta'] = JSON.parse(read('meta.json').toString());
      const expected: CorpusCase['expected'] = JSON.parse(read('expected.json').toString());
      const wire = read(meta.response.file);
      const body = meta.response.file.endsWith('.gz') ? gunzipSync(wire) : wire;
      const request = existsSync(path.join(parent, id, 'request.json')) ? read('request.json') : null;
      cases.push({ id, dialect, meta, expected, wire, body, request });
    }
  }
  return cases;
}
