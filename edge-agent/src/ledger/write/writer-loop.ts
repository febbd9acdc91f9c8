import { performance } from 'node:perf_hooks';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { dropBallast } from '../disk/ballast.ts';
import type { SettlingCommand } from '../settle/settling-command.ts';
import { isCorruption } from '../store/open-books.ts';
import { markCorrupt } from '../store/set-aside.ts';
import type { LedgerWriter } from './ledger-writer.ts';
import type { FromWriter, ToWriter } from './messages.ts';
import { describeFailure, isTransient, unlessFull } from './unless-full.ts';

const tidyEveryMs = 1000;
const retryMs = 250;

interface Parts {
  readonly port: MessagePort;
  readonly writer: LedgerWriter;
  readonly tell: (message: FromWriter) => void;
  readonly dataDir: string;
  readonly bell: Int32Array;
  /** Gives the lock on the folder back. */
  readonly release: () => void;
}

/**
 * Takes all that waits, commits it at once, tidies a little, and looks again. A full disk is tried again and
 * loses nothing; any other failure of the disk ends the thread, for after it no commit can be trusted.
 */
export class WriterLoop {
  readonly #parts: Parts;
  #tidying: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isDone = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#parts.port.on('message', (message: ToWriter) =>
      this.#guarded(() => {
        this.#take(message);
        if (!this.#retry) this.#commitAll();
      }),
    );
    this.#tidying = setInterval(() => {
      if (this.#retry) return;
      this.#guarded(() => {
        this.#parts.writer.rollUpChunk();
        this.#parts.writer.tidy();
      });
    }, tidyEveryMs);
  }

  /** Until nothing waits. Between two commits it sleeps, at most a millisecond, unless the bell wakes it. */
  #commitAll(): void {
    const { port, writer, bell } = this.#parts;
    for (;;) {
      const rung = Atomics.load(bell, 0);
      for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) this.#take(more.message);
      if (this.#isDone) return;
      const idleMs = writer.idleMs(performance.now());
      if (idleMs === Number.POSITIVE_INFINITY) return;
      if (idleMs > 0) {
        Atomics.wait(bell, 0, rung, idleMs);
        continue;
      }
      writer.commitIntents(performance.now());
      writer.commitFinals(performance.now());
      writer.tidy();
    }
  }

  #take(message: ToWriter): void {
    const { writer, tell } = this.#parts;
    switch (message.kind) {
      case 'records':
        writer.queue(message);
        break;
      case 'notes':
        writer.keepNotes(message.notes);
        break;
      case 'roll-up': {
        const failure = unlessFull(() => {
          while (writer.rollUpChunk());
        });
        tell({ kind: 'rolled-up', failure });
        break;
      }
      case 'sweep': {
        let more = false;
        const failure = unlessFull(() => {
          more = writer.sweep(message.nowMs);
        });
        tell({ kind: 'swept', more, failure });
        break;
      }
      case 'settling':
        tell({ kind: 'settling', no: message.no, ...this.#settling(message.command) });
        break;
      case 'close':
        this.#close();
    }
  }

  #settling(command: SettlingCommand): Pick<Extract<FromWriter, { kind: 'settling' }>, 'standing' | 'failure'> {
    try {
      return { standing: this.#parts.writer.settling(command, performance.now()), failure: undefined };
    } catch (error) {
      const name = error instanceof RangeError ? 'range' : 'full';
      if (name === 'full' && !isTransient(error)) throw error;
      return { standing: null, failure: { name, message: describeFailure(error) } };
    }
  }

  #close(): void {
    const { writer, tell, release } = this.#parts;
    unlessFull(() => writer.close(() => performance.now()));
    release();
    tell({ kind: 'closed' });
    this.#stop();
  }

  #guarded(work: () => void): void {
    if (this.#isDone) return;
    try {
      work();
    } catch (error) {
      if (isTransient(error)) this.#waitForRoom(error);
      else this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (isCorruption(error)) markCorrupt(this.#parts.dataDir, describeFailure(error));
    this.#parts.tell({ kind: 'failed', message: describeFailure(error) });
    this.#stop();
  }

  /** First the ballast goes, then the emergency log takes rows, then they wait. */
  #waitForRoom(error: unknown): void {
    const { writer, tell, dataDir } = this.#parts;
    tell({ kind: 'full', message: describeFailure(error) });
    const hadBallast = dropBallast(dataDir);
    if (!hadBallast) this.#guarded(() => writer.spillFinals());
    if (this.#isDone) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(
      () => {
        this.#guarded(() => {
          writer.makeRoom();
          this.#commitAll();
          writer.rollUpChunk();
          this.#retry = undefined;
          tell({ kind: 'roomy' });
        });
      },
      hadBallast ? 0 : retryMs,
    );
  }

  #stop(): void {
    this.#isDone = true;
    clearInterval(this.#tidying);
    clearTimeout(this.#retry);
    this.#parts.port.close();
  }
}
