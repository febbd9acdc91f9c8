import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import type { FinalRow } from '../src/ledger/ledger.ts';
import { ask, messageBody, type Reply } from './ask.ts';
import { isWell, type MakeProvider } from './faults/providers.ts';
import { type FaultRow, faultRows } from './faults/rows.ts';
import { startNode } from './start-node.ts';

type Seen = readonly [sees: string, asked: number, booked: string];

const table: string[] = [];
afterAll(() => {
  process.stdout.write(`\n${table.sort().join('\n')}\n`);
});

/** `200 ok`, `429 rate_limit_error retry-after=30`, `200 …error api_error`; `(broken)` where the connection breaks. */
function whatIsSeen(reply: Reply): string {
  const bytes = reply.headers['content-encoding'] === 'gzip' && reply.body.length > 0 ? gunzipSync(reply.body) : reply.body;
  const text = bytes.toString();
  const [, type] = /"type":"error","error":\{"type":"([a-z_]+)"/.exec(text) ?? [];
  const isStream = String(reply.headers['content-type']).startsWith('text/event-stream');
  const said =
    isStream && type && text.includes('hello') ? `hello, then ${type}` : (type ?? (text.includes('<html') ? 'html' : 'ok'));
  const wait = reply.headers['retry-after'];
  const should = reply.headers['x-should-retry'];
  return [
    reply.status,
    reply.complete ? said : `${said} (broken)`,
    wait === undefined ? '' : `retry-after=${about(Number(wait))}`,
    should === undefined ? '' : `should-retry=${should}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** Some of the wait is over by the time it is told. */
function about(seconds: number): number {
  if (seconds > 600) return Math.round(seconds / 60) * 60;
  return seconds > 5 ? Math.ceil(seconds / 5) * 5 : seconds;
}

/** One word group per attempt: status, HTTP status, tokens in and out, `~` where they are estimated. */
function whatIsBooked(rows: readonly FinalRow[]): string {
  return rows
    .map(({ status, httpStatus, usage, estimated, errorType }) => {
      const what = errorType === null ? status : `${status}/${errorType}`;
      return `${what} ${httpStatus ?? '-'} ${usage.input}+${usage.output}${estimated ? '~' : ''}`;
    })
    .join('; ');
}

async function play(row: FaultRow, ...more: readonly MakeProvider[]): Promise<Seen> {
  const providers = await Promise.all([row.provider, ...more].map((make) => make()));
  const node = await startNode({
    baseUrls: providers.map(({ url }) => url),
    upstreams: { headersTimeoutMs: 400, idleTimeoutMs: 400 },
    limits: { lateBytesMs: 200 },
    random: () => 0,
  });
  try {
    const reply = await ask(node, row.stream ? { body: messageBody({ stream: true }) } : {});
    const last = node.rows.at(-1);
    expect(node.rows.map(({ attempt, final }) => [attempt, final])).toEqual(node.rows.map((one, at) => [at + 1, one === last]));
    expect(node.agent.load).toMatchObject({ requests: 0, bufferedBytes: 0 });
    expect([...node.agent.load.running]).toEqual([]);
    return [whatIsSeen(reply), providers[0]?.asked() ?? 0, whatIsBooked(node.rows)];
  } finally {
    await node.close();
    await Promise.all(providers.map((provider) => provider.close()));
  }
}

it.concurrent.each(faultRows)('$fault', async (row) => {
  const [alone, backed] = await Promise.all([play(row), play(row, isWell)]);
  const at = String(faultRows.indexOf(row)).padStart(2, '0');
  const line = (name: string, [sees, asked, booked]: Seen) =>
    `  ${at} ${name} ${row.fault.padEnd(30)} ${sees.padEnd(56)} asked ${asked}  ${booked}`;
  table.push(line('alone ', alone), line('backed', backed));
  expect({ alone, backed }).toEqual({ alone: row.alone, backed: row.backed });
});
