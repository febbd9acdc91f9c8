import { Socket } from 'node:net';
import { CommandError, exitCodes } from '../../commands/exit-codes.ts';
import { Line } from '../line/line.ts';
import type { AskedOfWorker, Begin, ToWorker } from '../messages.ts';
import type { PrimaryLine } from './primary-line.ts';

/** As `WorkerProcess` gives it. */
const lineFd = 4;
const beginAtMostMs = 10_000;

/** Whoever hears what the primary says once the worker is put together. */
export interface WorkerEars {
  onTold: (told: ToWorker) => void;
  onAsked: (asked: AskedOfWorker) => unknown;
}

export interface OpenedLine {
  readonly line: PrimaryLine;
  readonly begin: Begin;
  readonly ears: WorkerEars;
  /** What was told before anybody listened. */
  readonly early: ToWorker[];
  /** Resolves when the primary is gone. */
  readonly lost: Promise<string>;
}

/** Takes up the line that the primary left open for this process, and waits for its first word. Undefined: none came. */
export async function openLine(): Promise<OpenedLine | undefined> {
  if (!process.send) {
    throw new CommandError(exitCodes.badArguments, 'A worker is not started by hand.', 'Use "run --workers N".');
  }
  const lost = Promise.withResolvers<string>();
  const begun = Promise.withResolvers<Begin | undefined>();
  const early: ToWorker[] = [];
  const ears: WorkerEars = { onTold: (told) => void early.push(told), onAsked: () => undefined };
  const line: PrimaryLine = new Line(new Socket({ fd: lineFd }), {
    onTold: (told) => (told.is === 'begin' ? begun.resolve(told.begin) : ears.onTold(told)),
    onAsked: (asked) => ears.onAsked(asked),
    onLost: (reason) => lost.resolve(reason),
  });
  process.once('disconnect', () => lost.resolve('the channel was closed'));
  const late = setTimeout(() => begun.resolve(undefined), beginAtMostMs);
  void lost.promise.then(() => begun.resolve(undefined));
  const begin = await begun.promise;
  clearTimeout(late);
  return begin && { line, begin, ears, early, lost: lost.promise };
}
