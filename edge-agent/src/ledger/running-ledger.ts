import { mkdir } from 'node:fs/promises';
import type { StatsAnswer, StatsQuestion } from '@aicarpool/shared-protocol';
import { ReaderLink } from './ask/reader-link.ts';
import { DiskRoom } from './disk/disk-room.ts';
import { recordFailure, wornOut } from './disk/failures.ts';
import { defaultKeptRoom, RoomKeeper } from './disk/room-keeper.ts';
import type { Accepting, FinalRow, Head, HealthEntry, Intent, Ledger, LedgerOptions, LogEntry, Sizes } from './ledger.ts';
import { AuditorLink } from './settle/auditor-link.ts';
import { SettlingBooks } from './settle/settling-books.ts';
import { TrafficCount } from './traffic-count.ts';
import { FoldLink } from './upkeep/fold-link.ts';
import { LogSignals } from './upkeep/log-signals.ts';
import { NightlyScrub } from './upkeep/nightly-scrub.ts';
import { encodeIntent, encodeRow } from './write/encode-row.ts';
import { NoteQueue } from './write/note-queue.ts';
import { type Ready, type Telling, WriterLink } from './write/writer-link.ts';

const mostWaiting = 20_000;
const closeBoundMs = 5000;
const sweepEveryMs = 3_600_000;
const diskFailed = 'the disk under the ledger failed';

interface Started {
  readonly link: WriterLink;
  readonly ready: Ready;
}

interface Watched {
  readonly room: DiskRoom;
  readonly keeper: RoomKeeper;
}

/** The books while they are open: numbers, counts and decides admission here, and leaves the disk to its threads. */
export class RunningLedger implements Ledger {
  readonly #options: LedgerOptions;
  readonly #writer: WriterLink;
  readonly #reader: ReaderLink;
  readonly #folder: FoldLink;
  readonly #notes: NoteQueue;
  readonly #room: DiskRoom;
  readonly #keeper: RoomKeeper;
  readonly #traffic: TrafficCount;
  readonly #incarnation: string;
  readonly settling: SettlingBooks;
  readonly #auditor: AuditorLink;
  readonly #scrub: NightlyScrub;
  readonly #openIntents = new Map<string, number>();
  readonly #sweeping: NodeJS.Timeout;
  #fault: string | undefined;
  #isFull = false;

  private constructor(options: LedgerOptions, { link: writer, ready }: Started, watched: Watched, signals: Int32Array) {
    this.#options = options;
    this.#writer = writer;
    this.#room = watched.room;
    this.#keeper = watched.keeper;
    this.#incarnation = ready.incarnation;
    this.#traffic = new TrafficCount(options.nowMs, ready.requestsToday);
    this.#notes = new NoteQueue(options, (notes) => writer.note(notes));
    this.#reader = new ReaderLink(options.dataDir, options.log);
    this.#auditor = new AuditorLink(options.dataDir, (message) => this.hear({ kind: 'failed', message }));
    this.settling = new SettlingBooks({
      openedWith: ready.settling,
      ask: (command) => writer.settling(command),
      auditor: this.#auditor,
      nowMs: options.nowMs,
      onDoubt: () => this.#scrub.start(),
    });
    this.#scrub = new NightlyScrub({
      ...options,
      lastAtMs: ready.scrubbedAtMs,
      everyMs: options.scrubEveryMs,
      onWhole: (atMs) => void writer.settling({ name: 'scrubbed', atMs }).catch((error) => this.#complain(error)),
      onCorrupt: (message) => this.hear({ kind: 'failed', message }),
    });
    this.#folder = new FoldLink(options.dataDir, signals, (message) => this.hear({ kind: 'died', message }));
    this.#sweeping = setInterval(() => void this.sweep().catch((error) => this.#complain(error)), sweepEveryMs).unref();
  }

  static async open(options: LedgerOptions): Promise<Ledger> {
    const { dataDir, log } = options;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    let hear: (message: Telling) => void = () => undefined;
    const signals = LogSignals.newShared();
    const bell = new Int32Array(new SharedArrayBuffer(4));
    const data = { dataDir, nowMs: options.nowMs(), maxPages: options.maxPages, bell, signals };
    const { link, ready } = await WriterLink.start(data, (message) => hear(message));
    const { setAside } = ready.settling;
    if (setAside) log.error(setAside, 'the former ledger cannot be trusted: it is set aside, and new books begin');
    if (ready.lost > 0) log.warn({ lost: ready.lost }, 'attempts that a crash left open are booked as lost');
    if (ready.replayed > 0) log.warn({ rows: ready.replayed }, 'rows were taken from the emergency log');
    const keeper = new RoomKeeper(dataDir, { ...defaultKeptRoom, ...options.keptRoom }, log);
    const room = await DiskRoom.watch(dataDir, options.reserveBytes, ({ spareBytes }) => void keeper.keep(spareBytes));
    if (room.isWornOut) log.error({}, wornOut);
    const ledger = new RunningLedger(options, { link, ready }, { room, keeper }, signals);
    hear = (message) => ledger.hear(message);
    return ledger;
  }

  intend(intent: Intent): Promise<void> {
    try {
      const no = this.#writer.nextIntentNo;
      const written = this.#writer.intend(encodeIntent(no, intent));
      this.#openIntents.set(`${intent.requestId}/${intent.attempt}`, no);
      return written;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  renew(intent: Intent): void {
    const no = this.#openIntents.get(`${intent.requestId}/${intent.attempt}`);
    if (no === undefined) return;
    try {
      this.#writer.renew(encodeIntent(no, intent));
    } catch (error) {
      this.#complain(error);
    }
  }

  async settle(row: FinalRow): Promise<number> {
    const name = `${row.requestId}/${row.attempt}`;
    const written = this.#writer.settle(encodeRow(this.#openIntents.get(name) ?? 0, row));
    this.#openIntents.delete(name);
    const seq = await written;
    if (row.final) this.#traffic.add();
    return seq;
  }

  ask(question: StatsQuestion): Promise<Omit<StatsAnswer, 'session_no'>> {
    return this.#reader.ask(question);
  }

  note(entry: HealthEntry | LogEntry): void {
    this.#notes.add(entry);
  }

  head(): Head {
    return { incarnation: this.#incarnation, ...this.#writer.head };
  }

  accepting(): Accepting {
    const reason = this.#reasonAgainst();
    return reason === undefined ? { ok: true } : { ok: false, reason };
  }

  totalsToday(): { readonly requests: number } {
    return { requests: this.#traffic.today() };
  }

  requestsPerMinute(): number {
    return this.#traffic.lastMinute();
  }

  sizes(): Sizes {
    return this.#room.sizes;
  }

  async rollUp(): Promise<void> {
    await this.#writer.rollUp();
  }

  async sweep(): Promise<void> {
    // On a full disk the sums cannot grow until old rows are gone.
    await this.#writer.rollUp().catch((error) => this.#complain(error));
    while (await this.#writer.sweep(this.#options.nowMs()));
  }

  async close(): Promise<void> {
    this.#fault ??= 'the ledger is closed';
    clearInterval(this.#sweeping);
    this.#room.stop();
    this.#keeper.stop();
    this.#notes.flush();
    await Promise.all([this.#reader.close(), this.#folder.close(), this.#auditor.close(), this.#scrub.stop()]);
    await this.#writer.close(closeBoundMs);
  }

  #reasonAgainst(): string | undefined {
    if (this.#fault !== undefined) return this.#fault;
    if (this.#room.isWornOut) return wornOut;
    if (this.#isFull || this.#room.isShort) return 'the disk is full';
    if (this.#writer.waitingCount > mostWaiting) return 'the disk is too slow: too many records wait';
    return undefined;
  }

  /** News from the writer. */
  hear(message: Telling): void {
    const { log, onFatal } = this.#options;
    switch (message.kind) {
      case 'full':
        if (!this.#isFull) log.error({ reason: message.message }, 'the ledger cannot grow: no new requests until it can');
        this.#isFull = true;
        this.#keeper.yield();
        return;
      case 'roomy':
        if (this.#isFull) log.info({}, 'the ledger can grow again');
        this.#isFull = false;
        return;
      case 'notes-lost':
        log.warn({ count: message.count, reason: message.message }, 'health and log entries were not written');
        return;
      case 'failed':
      case 'died':
        if (this.#fault === diskFailed) return;
        this.#fault = diskFailed;
        log.error({ reason: message.message }, this.#fault);
        recordFailure(this.#options.dataDir, this.#options.nowMs(), message.message);
        // A disk that is known to be worn out serves nobody: the node stays to say so.
        if (!this.#room.isWornOut) onFatal?.(new Error(`${this.#fault}: ${message.message}`));
    }
  }

  #complain(error: unknown): void {
    if (this.#fault === undefined) this.#options.log.warn({ reason: String(error) }, 'housekeeping of the ledger failed');
  }
}
