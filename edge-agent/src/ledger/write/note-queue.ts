import type { HealthEntry, LedgerLog, LogEntry } from '../ledger.ts';
import type { Note } from './messages.ts';

const everyMs = 1000;
const mostWaiting = 1000;
const longestText = 4000;

/** Gathers notes for a second; when more than 1,000 wait, the rest is dropped and counted. */
export class NoteQueue {
  readonly #options: { readonly nowMs: () => number; readonly log: LedgerLog };
  readonly #send: (notes: readonly Note[]) => void;
  #waiting: Note[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { readonly nowMs: () => number; readonly log: LedgerLog }, send: (notes: readonly Note[]) => void) {
    this.#options = options;
    this.#send = send;
  }

  add(entry: HealthEntry | LogEntry): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push({ ...plain(entry), atMs: this.#options.nowMs() });
    this.#timer ??= setTimeout(() => this.flush(), everyMs).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#dropped > 0)
      this.#options.log.warn({ count: this.#dropped }, 'health and log entries were dropped: too many waited');
    this.#dropped = 0;
    if (this.#waiting.length > 0) this.#send(this.#waiting);
    this.#waiting = [];
  }
}

/** What may cross to another thread and lie on a disk: bounded text, context as JSON has it. */
function plain(entry: HealthEntry | LogEntry): HealthEntry | LogEntry {
  if (entry.kind === 'health') return { ...entry, errorMessage: entry.errorMessage?.slice(0, longestText) ?? null };
  const { context, ...rest } = entry;
  const text = context === undefined ? undefined : JSON.stringify(context);
  const message = entry.message.slice(0, longestText);
  if (text === undefined || text.length > longestText) return { ...rest, message };
  return { ...rest, message, context: JSON.parse(text) };
}
