import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Line } from '../line/line.ts';
import type { AskedOfPrimary, AskedOfWorker, Begin, Pulse, ToPrimary, ToWorker } from '../messages.ts';
import type { Taker } from './door.ts';

export type WorkerLine = Line<ToWorker, AskedOfWorker, ToPrimary, AskedOfPrimary>;

export interface WorkerEnds {
  readonly onTold: (worker: WorkerProcess, told: ToPrimary) => void;
  readonly onAsked: (worker: WorkerProcess, asked: AskedOfPrimary) => unknown;
  /** The process is gone, and with it everything that it had open. Called once. */
  readonly onExit: (worker: WorkerProcess, code: number | null, signal: NodeJS.Signals | null) => void;
}

const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
/** Beside stdin, stdout, stderr and the channel that carries sockets. */
export const lineFd = 4;

/** One process that serves, as the process that started it sees it. Connections go over the channel of Node, words over a line. */
export class WorkerProcess implements Taker {
  readonly slot: number;
  readonly startedAtMs: number;
  readonly line: WorkerLine;
  state: 'starting' | 'serving' | 'draining' = 'starting';
  pulse: Pulse | undefined;
  lastHeardMs: number;
  readonly #child: ChildProcess;
  /** Given and not taken yet: they go with the worker. */
  readonly #given: Socket[] = [];
  #open = 0;

  constructor(begin: Begin, startedAtMs: number, ends: WorkerEnds) {
    this.slot = begin.slot;
    this.startedAtMs = startedAtMs;
    this.lastHeardMs = startedAtMs;
    const flags = process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
    this.#child = spawn(process.execPath, [...flags, main, 'worker'], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
    // The fifth of `stdio` is a pipe both ways.
    const pipe = this.#child.stdio[lineFd] as unknown as Socket;
    this.line = new Line(pipe, {
      onTold: (told) => ends.onTold(this, told),
      onAsked: (asked) => ends.onAsked(this, asked),
      onLost: () => this.kill(),
    });
    this.#child.on('error', () => this.kill());
    let isGone = false;
    this.#child.once('exit', (code, signal) => {
      if (isGone) return;
      isGone = true;
      this.line.close();
      for (const socket of this.#given.splice(0)) socket.destroy();
      ends.onExit(this, code, signal);
    });
    this.line.tell({ is: 'begin', begin });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
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
    this.#child.send('connection', socket, (error) => {
      if (!error) return;
      const at = this.#given.indexOf(socket);
      if (at >= 0) this.#given.splice(at, 1);
      socket.destroy();
    });
  }

  /** What the worker says of the connections that it was given. */
  count(took: number, closed: number): void {
    this.#given.splice(0, took);
    this.#open += took - closed;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
