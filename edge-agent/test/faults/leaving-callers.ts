import { Agent, request as httpRequest, type ServerResponse } from 'node:http';
import type { Dialect } from '@aicarpool/shared-protocol';
import { fakeUpstream, json } from '../fake-upstream/fake-upstream.ts';
import { testKey } from '../snapshot.ts';
import { startNode, type TestNode } from '../start-node.ts';
import type { Speech } from './speech/speech.ts';
import { speeches } from './speech/speeches.ts';
import { questions } from './table/lanes.ts';

/** What the provider charged for one request, by a log of its own. */
export interface Bill {
  readonly input: number;
  output: number;
  /** It said its final usage before the connection was gone. */
  stated: boolean;
}

export interface Booked {
  readonly input: number;
  readonly output: number;
  readonly estimated: boolean;
  readonly status: string;
}

export interface Outcome {
  readonly left: number;
  /** By the model that a caller named: each has one of its own. */
  readonly bills: ReadonlyMap<string, Bill>;
  readonly booked: ReadonlyMap<string, readonly Booked[]>;
}

const pieces = 24;
const tokensAPiece = 2;
const paceMs = 4;
const atOnce = 100;
/** As long as an answer takes, and a little longer. */
const staysAtMostMs = 220;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Writes piece after piece, and charges each one that it wrote while somebody was still there to hear it. */
async function answer(speech: Speech, stream: boolean, response: ServerResponse, bill: Bill): Promise<void> {
  const piece = speech.hello.replace('hello', 'word word ');
  if (stream) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(speech.start);
  }
  for (let at = 0; at < pieces && !response.destroyed; at += 1) {
    if (stream) response.write(piece);
    bill.output += tokensAPiece;
    await pause(paceMs);
  }
  if (response.destroyed) return;
  if (stream) response.end(speech.endOf(bill.output));
  else json(response, 200, speech.answer.replaceAll(':15', `:${bill.output}`).replaceAll(':40', `:${bill.input + bill.output}`));
  bill.stated = true;
}

interface Caller {
  readonly port: number;
  readonly agent: Agent;
  readonly path: string;
  readonly body: string;
  /** null: he stays to the end. */
  readonly leavesAfterMs: number | null;
}

/** True when he left before his answer was whole. */
function call({ port, agent, path, body, leavesAfterMs }: Caller): Promise<boolean> {
  const headers = {
    authorization: `Bearer ${testKey}`,
    'content-type': 'application/json',
    'content-length': String(body.length),
  };
  return new Promise((resolve) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method: 'POST', headers, agent });
    const timer = leavesAfterMs === null ? undefined : setTimeout(() => request.destroy(), leavesAfterMs);
    const done = (isWhole: boolean) => {
      clearTimeout(timer);
      resolve(!isWhole);
    };
    request.on('response', (response) => {
      response.on('data', () => undefined);
      response.on('error', () => done(false));
      response.on('end', () => done(response.complete));
    });
    request.on('error', () => done(false));
    request.end(body);
  });
}

export interface Leaving {
  readonly callers: number;
  readonly dialect: Dialect;
  readonly onClientGone: 'abort' | 'drain';
  readonly random: () => number;
}

const questioned = 'claude-sonnet-4-5';
/** 25 tokens, with what stands around them. */
const words = 'tell me about the weather of the last years, if you please';

/** Callers in waves, one of four of whom wants no stream, and nine of ten of whom hang up after a random while. */
export async function letCallersLeave({ callers, dialect, onClientGone, random }: Leaving): Promise<Outcome> {
  const bills = new Map<string, Bill>();
  const upstream = await fakeUpstream(async (seen, response) => {
    const asked = `${seen.url}${seen.body.toString()}`;
    const [model = ''] = /claude-sonnet-4-5-\d+/.exec(asked) ?? [];
    const bill: Bill = { input: 25, output: 1, stated: false };
    bills.set(model, bill);
    await answer(speeches[dialect], /"stream":true|:streamGenerateContent/.test(asked), response, bill);
  });
  const limits = { drains: callers, concurrentRequests: callers + 10 };
  const node = await startNode({ baseUrls: [upstream.url], service: { onClientGone }, limits });
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  try {
    let left = 0;
    for (let from = 0; from < callers; from += atOnce) {
      const wave = Array.from({ length: Math.min(atOnce, callers - from) }, (_, at) => {
        const leavesAfterMs = random() < 0.9 ? random() * staysAtMostMs : null;
        const { path, body } = questions[dialect](random() < 0.75);
        const named = (text: string) => text.replace(questioned, `${questioned}-${from + at}`).replace('"hi"', `"${words}"`);
        return call({ port: node.port, agent, path: named(path), body: named(body), leavesAfterMs });
      });
      left += (await Promise.all(wave)).filter(Boolean).length;
    }
    await untilQuiet(node);
    return { left, bills, booked: bookedBy(node) };
  } finally {
    agent.destroy();
    await node.close();
    await upstream.close();
  }
}

async function untilQuiet({ agent, rows, intents }: TestNode): Promise<void> {
  for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 20) {
    if (agent.load.requests === 0 && agent.load.running.size === 0 && rows.length >= intents.length) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function bookedBy({ rows }: TestNode): Outcome['booked'] {
  const booked = new Map<string, Booked[]>();
  for (const { model, usage, estimated, status } of rows) {
    const list = booked.get(model) ?? [];
    list.push({ input: usage.input, output: usage.output, estimated, status });
    booked.set(model, list);
  }
  return booked;
}
