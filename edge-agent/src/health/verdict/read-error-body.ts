import { longestWaitMs, readDuration } from './read-wait.ts';

/** What the body of an error says beyond its status. */
export interface ErrorBody {
  /** Words that name the error: types, codes, statuses, reasons; in lower case. */
  readonly words: ReadonlySet<string>;
  readonly message: string;
  /** How long it asks us to wait; undefined: it does not say. */
  readonly waitMs: number | undefined;
  /** A quota of a day is used up (Gemini). */
  readonly isDaily: boolean;
  /** `code` where it is a number: an HTTP status in a body that came with 200. */
  readonly status: number | undefined;
}

const readAtMost = 64 * 1024;
const nothing: ErrorBody = { words: new Set(), message: '', waitMs: undefined, isDaily: false, status: undefined };

/** Reads `{"error": …}` of any provider; also the data of a stream's first event. */
export function readErrorBody(text: string): ErrorBody {
  if (text.length > readAtMost) return nothing;
  const error = findError(parse(text) ?? parse(dataOf(text)));
  if (!error) return nothing;
  const words = new Set<string>();
  for (const name of ['type', 'code', 'status', 'reason'] as const) addWord(words, error[name]);
  const inner = isRecord(error['details']) ? error['details'] : {};
  addWord(words, inner['error_code']);
  const message = typeof error['message'] === 'string' ? error['message'].slice(0, 2_000) : '';
  const details = Array.isArray(error['details']) ? error['details'].filter(isRecord) : [];
  for (const detail of details) addWord(words, detail['reason']);
  const waitMs = retryInfo(details) ?? seconds(error['resets_in_seconds']) ?? waitInWords(message);
  return {
    words,
    message,
    waitMs: waitMs === undefined ? undefined : Math.min(longestWaitMs, Math.max(1_000, waitMs)),
    isDaily: details.some(isDailyQuota),
    status: typeof error['code'] === 'number' ? error['code'] : undefined,
  };
}

type Document = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The last `data:` line: an error ends its stream. */
function dataOf(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('data:') && line.includes('{'));
  return lines.at(-1)?.slice(5) ?? '';
}

function findError(document: unknown): Document | undefined {
  const first: unknown = Array.isArray(document) ? document[0] : document;
  if (!isRecord(first)) return undefined;
  if (isRecord(first['error'])) return first['error'];
  const response = first['response'];
  if (isRecord(response) && isRecord(response['error'])) return response['error'];
  return first;
}

function addWord(words: Set<string>, value: unknown): void {
  if (typeof value === 'string' && value !== '') words.add(value.slice(0, 100).toLowerCase());
}

function retryInfo(details: readonly Document[]): number | undefined {
  for (const { retryDelay } of details) if (typeof retryDelay === 'string') return readDuration(retryDelay);
  return undefined;
}

function isDailyQuota({ violations }: Document): boolean {
  if (!Array.isArray(violations)) return false;
  return violations.some((one) => isRecord(one) && typeof one['quotaId'] === 'string' && one['quotaId'].includes('PerDay'));
}

function seconds(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value * 1_000 : undefined;
}

/** OpenAI: "Please try again in 1.5s". */
function waitInWords(message: string): number | undefined {
  const [, wait] = /try again in ((?:\d+(?:\.\d+)?(?:ms|[dhms]))+)/i.exec(message) ?? [];
  return wait === undefined ? undefined : readDuration(wait);
}
