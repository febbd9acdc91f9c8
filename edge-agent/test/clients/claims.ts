import assert from 'node:assert/strict';
import { usage } from './provider/turn.ts';
import type { Ran } from './run-program.ts';
import type { Seen } from './scripted-upstream.ts';
import type { Stage } from './stage.ts';

/** Words of which the client can only know by having run the command. */
export const echoCommand = "printf 'carpool-%d' 42";
export const echoed = 'carpool-42';

export function claimSaid(ran: Ran, words: string): void {
  assert.ok(ran.stdout.includes(words), `the client did not show "${words}" but ended with ${ran.code}: ${lastOf(ran)}`);
  assert.equal(ran.code, 0, `the client ended with ${ran.code}: ${lastOf(ran)}`);
}

export const lastOf = ({ stdout, stderr }: Ran) => `${stdout.slice(-400)} ${stderr.slice(0, 500)}`.trim();

export function questionsOf(stage: Stage): Seen[] {
  return stage.upstream.seen.filter(({ asked }) => asked !== undefined && asked !== 'count');
}

/** The last question brought back what the tool of the client said. */
export function claimToolRan(stage: Stage): void {
  const last = questionsOf(stage).at(-1);
  const results = last?.asked && last.asked !== 'count' ? last.asked.toolResults : [];
  assert.ok(results.join().includes(echoed), `no result of the tool came back: ${results.join().slice(0, 300)}`);
}

/** The provider learned nothing of the caller's key, and the client talked to nobody but the node. */
export function claimPrivate(stage: Stage): void {
  for (const { url, rawHeaders, body } of stage.upstream.seen) {
    const shown = [url, ...rawHeaders, body.toString('latin1')].join('\n');
    assert.ok(!shown.includes(stage.key), `the key of the caller reached the provider in ${url}`);
  }
  assert.deepEqual(stage.wayOut.wanted, [], 'the client wanted to go elsewhere');
}

/** Each body reached the provider as the client sent it. Every client sends a length and the body behind its head. */
export function claimSameBytes(stage: Stage): void {
  const sent = stage.tap.sent();
  for (const { url, body } of stage.upstream.seen) {
    if (body.length === 0) continue;
    const wanted = Buffer.concat([Buffer.from('\r\n\r\n'), body]);
    assert.ok(
      sent.some((bytes) => bytes.includes(wanted)),
      `the body of ${url} is not what the client sent`,
    );
  }
}

/** As many rows as questions, each with the tokens that the provider said. */
export async function claimBooked(stage: Stage, questions = questionsOf(stage).length): Promise<string> {
  assert.ok(questions > 0, 'the provider was asked nothing');
  await stage.node.booked(questions);
  const rows = stage.node.rows.filter(({ operation }) => operation === 'generate');
  assert.equal(rows.length, questions, 'rows in the books');
  for (const { status, usage: booked, estimated, userId, groupId } of rows) {
    assert.deepEqual(
      { status, estimated, userId, groupId, input: booked.input, output: booked.output },
      { status: 'ok', estimated: false, userId: 'usr_1', groupId: 'grp_clients', ...usage },
    );
  }
  return `${rows.length} booked, ${usage.input}+${usage.output} tokens each`;
}

/** All that holds for an ordinary exchange in the API of the provider. */
export async function claimHonest(stage: Stage): Promise<string> {
  claimPrivate(stage);
  claimSameBytes(stage);
  return claimBooked(stage);
}

const liveWithinMs = 3_000;

/** Pieces that nobody could take for anything else, and the wait that keeps each back until the last one left the node. */
export function livePieces(stage: Stage) {
  const pieces = ['first-piece ', 'second-piece ', 'third-piece ', 'fourth-piece'];
  const delaysMs: number[] = [];
  return {
    pieces,
    delaysMs,
    afterPiece: async (at: number) => {
      delaysMs.push(await stage.tap.waitForAnswered(pieces[at]?.trim() ?? '', liveWithinMs));
    },
  };
}

export function claimLive({ pieces, delaysMs }: ReturnType<typeof livePieces>): string {
  assert.equal(delaysMs.length, pieces.length, 'pieces that left the node before the next one was sent');
  return `each piece left before the next was sent, at most ${Math.max(...delaysMs).toFixed(1)} ms later`;
}

/** Requests that reached the node, told by their first lines; one may stand right behind the body of another. */
export function requestLines(stage: Stage): string[] {
  const text = stage.tap.sent().map((bytes) => bytes.toString('latin1'));
  const lines = text.flatMap((one) => one.match(/(GET|POST|PUT|DELETE|HEAD|OPTIONS) \/\S* HTTP\/1\.1\r\n/g) ?? []);
  return lines.map((line) => line.trim());
}

/** Refused by the node itself: nothing reached the provider or the books, and the client soon gave up. */
export function claimRefused(stage: Stage, ran: Ran, requestsAtMost: number, withinMs: number): string {
  const requests = requestLines(stage).length;
  assert.equal(stage.upstream.seen.length, 0, 'requests that reached the provider');
  assert.equal(stage.node.rows.length, 0, 'rows in the books');
  assert.ok(requests >= 1 && requests <= requestsAtMost, `${requests} requests: ${requestLines(stage).join(', ')}`);
  assert.ok(ran.code !== null && ran.tookMs <= withinMs, `the client took ${ran.tookMs.toFixed(0)} ms`);
  return `${requests} request${requests === 1 ? '' : 's'}, over after ${(ran.tookMs / 1000).toFixed(1)} s`;
}
