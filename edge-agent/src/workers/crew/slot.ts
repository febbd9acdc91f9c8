import { exitCodes } from '../../commands/exit-codes.ts';
import type { Logger } from '../../observe/log.ts';
import { type Begin, bugExit } from '../messages.ts';
import { SlotBackoff } from './backoff.ts';
import { spawnWorker } from './spawn-worker.ts';
import { type WorkerEnds, WorkerProcess } from './worker-process.ts';

export interface SlotParts {
  readonly slot: number;
  readonly begin: () => Begin;
  readonly ends: WorkerEnds;
  readonly monotonicMs: () => number;
  readonly log: Logger;
  /** The disk under its books failed: another worker would fare no better. */
  readonly onDisk: () => void;
  /** It ended by its own fault. */
  readonly onCrash: (reason: string) => void;
}

export interface SlotState {
  readonly slot: number;
  readonly pid: number | null;
  readonly state: 'starting' | 'serving' | 'draining' | 'resting';
  readonly restarts: number;
  /** How often in a row it ended as soon as it began. */
  readonly failures: number;
}

/** Longer than it takes to read a hundred thousand keys, or to wait for the worker of a node that was killed. */
const startAtMostMs = 60_000;
const silentAtMostMs = 30_000;
const faults: readonly (string | null)[] = ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS'];

/** A place for one worker, with a folder of its own: whoever comes next goes on with the same books. */
export class Slot {
  readonly #parts: SlotParts;
  readonly #backoff = new SlotBackoff();
  #worker: WorkerProcess | undefined;
  #servingSinceMs: number | undefined;
  #again: NodeJS.Timeout | undefined;
  #restarts = 0;
  #silentLooks = 0;
  #isClosing = false;
  #onEmpty: (() => void) | undefined;

  constructor(parts: SlotParts) {
    this.#parts = parts;
  }

  get worker(): WorkerProcess | undefined {
    return this.#worker;
  }

  start(): void {
    const { slot, begin, monotonicMs, ends, log } = this.#parts;
    const onExit: WorkerEnds['onExit'] = (worker, code, signal) => this.#ended(worker, code, signal);
    this.#servingSinceMs = undefined;
    const spawned = spawnWorker((error) => log.error({ err: error, worker: slot }, 'a worker cannot be started now'));
    if (spawned) this.#worker = new WorkerProcess(spawned, begin(), monotonicMs(), { ...ends, onExit });
    else this.#again = setTimeout(() => this.start(), this.#backoff.nextMs(0));
  }

  serves(): void {
    if (this.#worker) this.#worker.state = 'serving';
    this.#servingSinceMs = this.#parts.monotonicMs();
  }

  /**
   * Once a second: whoever hangs is ended, and replaced like one that died. At the second look only, for where this
   * process stood still, what was said meanwhile is heard after the first.
   */
  look(): void {
    const worker = this.#worker;
    const silentMs = worker ? this.#parts.monotonicMs() - worker.lastHeardMs : 0;
    if (!worker || silentMs < (worker.state === 'starting' ? startAtMostMs : silentAtMostMs)) {
      this.#silentLooks = 0;
      return;
    }
    this.#silentLooks += 1;
    if (this.#silentLooks < 2) return;
    this.#parts.log.error({ worker: this.#parts.slot, pid: worker.pid, silentMs }, 'a worker hangs and is ended');
    worker.lastHeardMs = this.#parts.monotonicMs();
    worker.kill();
  }

  state(): SlotState {
    const { slot } = this.#parts;
    const worker = this.#worker;
    const about = { slot, restarts: this.#restarts, failures: this.#backoff.failures };
    return worker ? { ...about, pid: worker.pid, state: worker.state } : { ...about, pid: null, state: 'resting' };
  }

  /** Lets its worker finish what it has, within `withinMs`. */
  async close(withinMs: number): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#again);
    const worker = this.#worker;
    if (!worker) return;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    worker.state = 'draining';
    worker.line.tell({ is: 'drain' });
    const late = setTimeout(() => worker.kill(), withinMs);
    await empty;
    clearTimeout(late);
  }

  #ended(worker: WorkerProcess, code: number | null, signal: NodeJS.Signals | null): void {
    const { slot, log, monotonicMs, onDisk, onCrash, ends } = this.#parts;
    this.#worker = undefined;
    ends.onExit(worker, code, signal);
    this.#onEmpty?.();
    if (this.#isClosing) return;
    if (code === exitCodes.failed) {
      onDisk();
      return;
    }
    if (code === bugExit || faults.includes(signal) || (code ?? 0) >= 128) onCrash(`worker ${slot}: ${signal ?? code}`);
    const servedMs = this.#servingSinceMs === undefined ? 0 : monotonicMs() - this.#servingSinceMs;
    const waitMs = this.#backoff.nextMs(servedMs);
    this.#restarts += 1;
    log.warn({ worker: slot, pid: worker.pid, code, signal, waitMs }, 'a worker ended; another one takes its place');
    this.#again = setTimeout(() => this.start(), waitMs);
  }
}
