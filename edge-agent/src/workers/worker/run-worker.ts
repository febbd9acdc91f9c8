import { type ExitCode, exitCodes } from '../../commands/exit-codes.ts';
import type { Config } from '../../config.ts';
import { LedgerFailed } from '../../ledger/ledger.ts';
import { openLog } from '../../observe/log.ts';
import { redact } from '../../observe/redact.ts';
import { noteLine } from '../books/note-line.ts';
import { bugExit, type ToWorker } from '../messages.ts';
import { hearOutcomes } from '../news.ts';
import { type OpenedLine, openLine } from './open-line.ts';
import { type OpenWorker, openWorker } from './open-worker.ts';
import { beat } from './pulse.ts';

type Why = 'drained' | 'disk' | 'newBooks' | 'lost';
const exits = { drained: exitCodes.done, disk: exitCodes.failed, newBooks: exitCodes.newBooks, lost: exitCodes.done } as const;
/** Without its primary nobody fetches its config or settles its rows: it finishes what it can in a moment and leaves. */
const orphanAtMostMs = 2_000;
const endAtMostMs = 8_000;

/** A whole life of a worker; gives the exit code. */
export async function runWorker(config: Config): Promise<ExitCode> {
  const opened = await openLine();
  // The primary was gone already.
  if (!opened) return exitCodes.done;
  const { begin, line } = opened;
  const over = Promise.withResolvers<Why>();
  const book: { note?: Parameters<typeof noteLine>[1] } = {};
  const nodeLog = openLog({ level: begin.logLevel ?? 'info', onWarning: (text) => noteLine(text, book.note) });
  const log = nodeLog.child({ worker: begin.slot });
  catchBugs();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => over.resolve('drained'));
  void opened.lost.then(() => over.resolve('lost'));
  const ends = { onDisk: () => over.resolve('disk'), onCondemned: () => over.resolve('newBooks') };
  const worker = await openWorker({ begin, config, line, log, ...ends }).catch((error: unknown) => {
    log.error({ err: error }, 'the worker could not begin');
    return isDisk(error) ? exitCodes.failed : exitCodes.cannotOpen;
  });
  if (typeof worker === 'number') return worker;
  book.note = (entry) => worker.ledger.note(entry);
  listen(opened, worker, () => over.resolve('drained'));
  const beating = beat(line, worker);
  worker.settling.start();
  line.tell({ is: 'ready' });
  const why = await over.promise;
  log.info({ why, active: worker.agent.load.requests }, 'the worker ends');
  // Nobody is to be sent here any more.
  worker.agent.load.draining = true;
  beating.now();
  await close(worker, why);
  beating.stop();
  line.close();
  if (process.connected) process.disconnect();
  return exits[why];
}

function isDisk(error: unknown): boolean {
  return error instanceof LedgerFailed && (error.code === 'disk' || error.code === 'not_durable');
}

/** What the primary tells, from the beginning on. */
function listen({ ears, early }: OpenedLine, worker: OpenWorker, drain: () => void): void {
  const { agent, config, places, homes, settling, metrics } = worker;
  const hear = (told: ToWorker): void => {
    switch (told.is) {
      case 'config':
        if (told.pairs) worker.pairs.now = told.pairs;
        config.hear(told.change).catch((error: unknown) => {
          agent.log.error({ err: error }, 'config.db cannot be read any more');
          throw error;
        });
        return;
      case 'held':
        for (const held of told.groups) {
          const group = agent.snapshots.pin()?.findGroup(held.groupId);
          if (group) agent.health.hold(held, group);
        }
        return;
      case 'outcomes':
        hearOutcomes(agent.health, agent.snapshots.pin(), told.outcomes);
        return;
      case 'homes':
        homes.hear(told.homes);
        return;
      case 'loads':
        places.hear(told.of, told.loads, told.whole);
        return;
      case 'recall':
        settling.recall(told.wins);
        return;
      case 'reachable':
        settling.reachable();
        return;
      case 'drain':
        drain();
    }
  };
  ears.onTold = hear;
  ears.onAsked = () => metrics.json();
  for (const told of early.splice(0)) hear(told);
}

/** Takes nothing new, lets streams finish, settles what it may, closes the books. */
async function close(worker: OpenWorker, why: Why): Promise<void> {
  const { agent, listener, settling, config, upstreams, ledger } = worker;
  if (why === 'lost') setTimeout(() => agent.load.cutAll(), orphanAtMostMs);
  if (why !== 'drained') setTimeout(() => process.exit(exits[why]), endAtMostMs).unref();
  await listener.close();
  await settling.stop(why === 'drained');
  await upstreams.close();
  await config.close();
  await ledger.close();
}

// As in `run`: memory is not to be trusted any more, the books are.
function catchBugs(): void {
  process.on('uncaughtException', (error) => {
    const text = redact(error instanceof Error ? (error.stack ?? error.message) : String(error));
    console.error(`aicarpool-edge: a bug ended this worker; please report it.\n${text}`);
    process.exit(bugExit);
  });
}
