import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../scenario.ts';
import type { ClientLine } from '../stack/callers.ts';
import { eventually, pause } from '../stack/program.ts';
import type { Stack } from '../stack/stack.ts';
import { findCanaries } from './canaries.ts';
import { compareCentre, drained } from './centre-books.ts';
import { checkRights, findLeaks } from './centre-rights.ts';
import { compareLogs } from './compare-logs.ts';
import { type Book, type BookHead, type NodeRow, readBooks, readHeads } from './node-rows.ts';

export interface Judged {
  readonly client: readonly ClientLine[];
  readonly books: readonly Book[];
}

/**
 * Ends the callers, waits until nothing is under way, and compares the four logs. Call it while the nodes run: what they
 * have to settle they settle now.
 */
export async function judge(stage: Stage, stack: Stack): Promise<Judged> {
  const client = await stack.stopCallers();
  await quiet(stack);
  const { books, passedOver } = once(stack, readAllBooks(stack));
  stage.expectAll(compareLogs({ client, books, passedOver, bill: stack.provider.bill }));
  await judgeCentre(stage, stack);
  stage.expectAll(await findCanaries(stack));
  if (stage.wrong.length > 0) keepLogs(stage, stack);
  const rows = books.reduce((sum, book) => sum + book.rows.length, 0);
  Object.assign(stage.figures, { asked: client.length, ended: client.filter((line) => line.sawEnd).length, rows });
  return { client, books };
}

/** For whoever looks for the cause: two of the four logs are in memory only. */
function keepLogs(stage: Stage, stack: Stack): void {
  const lines = stack.clientLog.map(({ body: _, ...line }) => line);
  writeFileSync(join(stage.folder, 'client.json'), JSON.stringify(lines, null, 1));
  writeFileSync(join(stage.folder, 'bill.json'), JSON.stringify(stack.provider.bill, null, 1));
}

/** U2 and U4, once everything that can be settled is. */
async function judgeCentre(stage: Stage, stack: Stack): Promise<void> {
  try {
    const seconds = await drained(stack, () => readAllHeads(stack));
    stage.figures['settled after s'] = seconds.toFixed(1);
  } catch (error) {
    stage.expect(false, error instanceof Error ? error.message : String(error));
    return;
  }
  const books = readAllBooks(stack);
  stage.expectAll(await compareCentre(stack, books));
  stage.expectAll(await checkRights(stack));
  stage.expectAll(await findLeaks(stack, books));
}

export function readAllBooks(stack: Stack): Book[] {
  return dataDirsOf(stack).flatMap(readBooks);
}

function readAllHeads(stack: Stack): BookHead[] {
  return dataDirsOf(stack).flatMap(readHeads);
}

function dataDirsOf({ options }: Stack): string[] {
  const entries = readdirSync(options.folder, { withFileTypes: true });
  return entries.filter((one) => one.isDirectory() && one.name.startsWith('node-')).map(({ name }) => join(options.folder, name));
}

/**
 * Copies of a disk hold the same rows; they are one row. A disk that nobody uses any more may tell another end of a request
 * than the one that went on: it counts where nothing else tells of the request.
 */
function once(stack: Stack, all: readonly Book[]): { books: Book[]; passedOver: NodeRow[] } {
  const inUse = stack.nodes.filter((node) => node.isRunning).map(({ dataDir }) => `${dataDir}/`);
  const isLiving = ({ path }: Book) => path.endsWith('.db') && inUse.some((folder) => path.startsWith(folder));
  const seen = new Set<string>();
  const passedOver: NodeRow[] = [];
  const books = all
    .toSorted((a, b) => Number(isLiving(b)) - Number(isLiving(a)))
    .map((book) => {
      const isNew = ({ requestId, attempt }: NodeRow) => isLiving(book) || !seen.has(`${requestId}/${attempt}`);
      const rows = book.rows.filter(isNew);
      passedOver.push(...book.rows.filter((row) => !isNew(row)));
      for (const { requestId, attempt } of rows) seen.add(`${requestId}/${attempt}`);
      return { ...book, rows };
    });
  return { books, passedOver };
}

/** Until the provider is idle and the books have not grown for half a second. */
async function quiet(stack: Stack): Promise<void> {
  const count = () => readAllHeads(stack).reduce((sum, { seq }) => sum + seq, 0);
  await eventually(() => {
    if (stack.provider.open > 0) throw new Error('the provider still answers');
  }, 70_000);
  await eventually(
    async () => {
      const before = count();
      await pause(400);
      if (count() !== before) throw new Error('the books still grow');
    },
    30_000,
    1,
  );
}
