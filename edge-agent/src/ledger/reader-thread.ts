import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { StatsQuestion } from '@aicarpool/shared-protocol';
import { type Answer, answerQuestion, type BucketCut, emptyAnswer } from './ask/answer-question.ts';
import { bucketAt } from './ask/bucket-at.ts';
import { monotonicMs } from './ask/monotonic-ms.ts';
import { ledgerPath } from './store/open-books.ts';
import { type Db, openReader } from './store/open-database.ts';

/** A question with the monotonic instant by which the answer is due. */
export interface Asked {
  readonly no: number;
  readonly question: StatsQuestion;
  readonly stopAtMs: number;
}

/** The answer as JSON: its hundreds of thousands of small arrays would take far longer as objects. */
export interface Answered {
  readonly no: number;
  readonly answer: string;
}

interface Connection {
  readonly db: Db;
  readonly cut: BucketCut;
}

/** Entry of the thread that answers questions, page by page in turns; each has a read-only connection of its own. */
function run(port: MessagePort, dataDir: string): void {
  const idle: Connection[] = [];
  const work = ({ no, question, stopAtMs }: Asked): void => {
    let connection: Connection | undefined;
    const finish = (answer: Answer): void => {
      if (connection) idle.push(connection);
      port.postMessage({ no, answer: JSON.stringify(answer) } satisfies Answered);
    };
    try {
      connection = idle.pop() ?? connect(dataDir);
      const steps = answerQuestion(connection.db, connection.cut, question, () => monotonicMs() >= stopAtMs);
      takeTurns(steps, finish, (error) => finish(emptyAnswer(question, String(error))));
    } catch (error) {
      finish(emptyAnswer(question, String(error)));
    }
  };
  port.on('message', work);
}

function takeTurns(steps: Generator<void, Answer>, finish: (answer: Answer) => void, fail: (error: unknown) => void): void {
  try {
    const step = steps.next();
    if (step.done) finish(step.value);
    else setImmediate(takeTurns, steps, finish, fail);
  } catch (error) {
    fail(error);
  }
}

function connect(dataDir: string): Connection {
  const db = openReader(ledgerPath(dataDir));
  const cut: BucketCut = { edges: [] };
  db.function('bucket_at', (atMs: number) => bucketAt(cut.edges, atMs));
  return { db, cut };
}

if (!parentPort) throw new Error('the ledger reader runs as a worker thread');
run(parentPort, workerData);
