import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { Line } from '../line/line.ts';
import type { AskedOfPrimary, AskedOfWorker, Begin, Pulse, ToPrimary, ToWorker } from '../messages.ts';
import type { Taker } from './door.ts';
import type { SpawnedWorker } from './spawn-worker.ts';

export type WorkerLine = Line<ToWorker, AskedOfWorker, ToPrimary, AskedOfPrimary>;

export interface WorkerEnds {
  readonly onTold: (worker: WorkerProcess, told: ToPrimary) => void;
  readonly onAsked: (worker: WorkerProcess, asked: AskedOfPrimary) => unknown;
  /** The process is gone, and with it everything that it had open. Called once. */
  readonly onExit: (worker: WorkerProcess, code: number | null, signal: NodeJS.Signals | null) => void;
}

/** One process that serves, as the process that started it sees it. Connections go over the channel of Node, words over a line. */
export class WorkerProcess implements Taker {
  readonly slot: number;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly line: WorkerLine;
  state: 'starting' | 'serving' | 'draining' = 'starting';
  pulse: Pulse | undefined;
  lastHeardMs: number;
  readonly #child: ChildProcess;
  /** Given and not taken yet: they go with the worker. */
  readonly #given: Socket[] = [];
  #open = 0;

  constructor({ child, pid, pipe }: SpawnedWorker, begin: Begin, startedAtMs: number, ends: WorkerEnds) {
    this.pid = pid;
    this.slot = begin.slot;
    this.startedAtMs = startedAtMs;
    this.lastHeardMs = startedAtMs;
    this.#child = child;
    this.line = new Line(pipe, {
      onTold: (told) => ends.onTold(this, told),
      onAsked: (asked) => ends.onAsked(this, asked),
      onLost: () => this.kill(),
    });
    this.#child.on('error', () => this.kill());
    this.#child.once('exit', (code, signal) => {
      this.line.close();
      for (const socket of this.#given.splice(0)) socket.destroy();
      ends.onExit(this, code, signal);
    });
    this.line.tell({ is: 'begin', begin });
  }

  get connections(): number {
    return this.#open + this.#given.length;
  }

  give(socket: Socket): void {
    if (!this.#child.connected) {
      socket.destroy();
      return;
    }
    this.#given.push(socket);
    // Else nobody could close the one that is on its way when the worker dies, and its caller would wait for ever.
    this.#child.send('connection', socket, { keepOpen: true }, (error) => {
      if (!error) return;
      const at = this.#given.indexOf(socket);
      if (at >= 0) this.#given.splice(at, 1);
      socket.destroy();
    });
  }

  /** What the worker says of the connections that it was given. */
  count(took: number, closed: number): void {
    for (const socket of this.#given.splice(0, took)) socket.destroy();
    this.#open += took - closed;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
