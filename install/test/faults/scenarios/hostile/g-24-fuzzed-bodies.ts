import { readFileSync } from 'node:fs';
import { judge } from '../../checker/universal.ts';
import type { Scenario, Stage } from '../../scenario.ts';
import { canaries } from '../../stack/canaries.ts';
import { pause } from '../../stack/program.ts';
import type { Stack } from '../../stack/stack.ts';
import { StrangeNode, saidByNode } from './node-doors.ts';

const ofNode = [
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/chat/completions',
  '/v1/responses',
  '/v1beta/models/gemini-2.5-pro:generateContent',
  '/v1beta/models/gemini-2.5-pro:streamGenerateContent',
  '/api/v1/messages',
  '/api/provider/anthropic/v1/messages',
];
const ofConsole = [
  '/api/v1/auth/login',
  '/api/v1/carpool/groups',
  '/api/v1/user/api-keys',
  '/api/v1/admin/edge-nodes/registration-tokens',
];

/** Bodies that nobody would write, at every door. Nobody falls over, nobody says 5xx because of them, nobody writes them down. */
export const fuzzedBodies: Scenario = {
  id: 'G-24',
  title: 'fuzzed bodies at every public and node endpoint',
  everyday: true,
  mutations: [
    {
      name: 'bodies go into the log',
      file: 'edge-agent/src/proxy/intake/read-body.ts',
      find: '    this.#settle({ ok: true, body });',
      replace: "    process.stderr.write(body.toString('latin1'));\n    this.#settle({ ok: true, body });",
    },
    {
      name: 'what a node settles is taken as it comes',
      file: 'control-plane/src/fleet/edge-api.ts',
      find: '    const request = await readJson(c, settleRequest);',
      replace: '    const request = (await c.req.json().catch(() => ({}))) as ReturnType<typeof settleRequest.parse>;',
    },
    {
      name: 'what a node says goes into the log',
      file: 'control-plane/src/kernel/http/read-json.ts',
      find: '    body = JSON.parse(utf8.decode(await c.req.arrayBuffer()));',
      replace: '    body = JSON.parse(utf8.decode(await c.req.arrayBuffer()));\n    console.error(JSON.stringify(body));',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    const pids = [stack.node.program.pid, ...stack.centre.replicas.map(({ program }) => program.pid)];
    const centre = stack.centre.urls[0] ?? '';
    const statuses = new Map<number, number>();
    const count = stage.pick(3_000, 60_000, 700);
    const doors = [
      ...ofNode.map((path) => ({
        url: stack.node.url + path,
        headers: { authorization: `Bearer ${stack.key.secret}` },
        word: canaries.body,
      })),
      ...ofConsole.map((path) => ({ url: centre + path, headers: { authorization: `Bearer ${stack.token}` }, word: 'a name' })),
    ];
    const one = async (at: number) => {
      const door = doors[at % doors.length];
      if (!door) return;
      const body = strangeBody(stage.random, at, door.word);
      const headers = { 'content-type': stage.random() < 0.9 ? 'application/json' : 'text/plain', ...door.headers };
      const answer = await fetch(door.url, { method: 'POST', headers, body, signal: AbortSignal.timeout(20_000) }).catch(
        (error: Error) => error,
      );
      if (answer instanceof Error) {
        stage.expect(false, `${door.url}: ${answer.message} for ${body.toString('latin1').slice(0, 120)}`);
        return;
      }
      await answer.body?.cancel();
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      // The provider takes whatever a node sends on; 503 is a door that lets nobody in for a while.
      if (answer.status >= 500 && answer.status !== 503)
        stage.expect(false, `${door.url}: ${answer.status} for ${body.toString('latin1').slice(0, 120)}`);
    };
    const stranger = await StrangeNode.enroll(stack);
    const saying = throughNodeDoors(stage, stranger, stage.pick(2_200, 44_000, 550));
    for (let at = 0; at < count; at += 10) await Promise.all(Array.from({ length: 10 }, (_, more) => one(at + more)));
    stage.figures['by a node'] = await saying;
    await pause(500);
    const alive = [stack.node.program, ...stack.centre.replicas.map(({ program }) => program)]
      .filter((program) => program.isRunning)
      .map(({ pid }) => pid);
    stage.expect(alive.join() === pids.join(), 'a program fell over');
    stage.expect((await stack.ask()).status === 200, 'after all this the node does not serve');
    await judge(stage, stack);
    findInLogs(stage, stack);
    stage.figures['bodies'] = count;
    stage.figures['statuses'] = tellStatuses(statuses);
  },
};

/** So many bodies, in turns through every door of nodes. Gives what was said to them, for the figures. */
async function throughNodeDoors(stage: Stage, node: StrangeNode, count: number): Promise<string> {
  const doors = [...node.almostRight.keys()];
  const statuses = new Map<string, Map<number, number>>(doors.map((door) => [door, new Map()]));
  const read = new Map<string, number>();
  for (let at = 0; at < count; at += 1) {
    const door = doors[at % doors.length] ?? '';
    const body = stage.random() < 0.5 ? strangeBody(stage.random, at, saidByNode) : spoilOne(stage.random, node, door);
    const type = stage.random() < 0.9 ? 'application/json' : 'text/plain';
    const { status, code } = await node.say(door, body, type).catch((error: unknown) => ({ status: 0, code: String(error) }));
    if (status === 0 || (status >= 500 && status !== 503))
      stage.expect(false, `${door}: ${status} ${code} for ${body.toString('latin1').slice(0, 120)}`);
    statuses.get(door)?.set(status, (statuses.get(door)?.get(status) ?? 0) + 1);
    // Not a head, nor who calls: what was wrong is the body, and so somebody read it.
    if (code === 'invalid_json' || code === 'invalid_input') read.set(door, (read.get(door) ?? 0) + 1);
  }
  const least = count / doors.length / 4;
  for (const [door, seen] of statuses) {
    const wrong = read.get(door) ?? 0;
    stage.expect(wrong >= least, `${door} read only ${wrong} bodies and found them wrong; it answered ${tellStatuses(seen)}`);
  }
  const all = [...statuses.values()].flatMap((seen) => [...seen]);
  const sums = new Map<number, number>();
  for (const [status, times] of all) sums.set(status, (sums.get(status) ?? 0) + times);
  return tellStatuses(sums);
}

/** What a node says there, but for one word. */
function spoilOne(random: () => number, node: StrangeNode, door: string): Buffer {
  const body = node.almostRight.get(door)?.() ?? {};
  const names = Object.keys(body);
  const name = names[Math.floor(random() * names.length)] ?? '';
  const strange = strangeBody(random, 0, saidByNode).toString('latin1');
  return Buffer.from(JSON.stringify({ ...body, [name]: parse(strange) }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.slice(0, 1_000);
  }
}

function findInLogs(stage: Stage, { centre }: Stack): void {
  for (const path of centre.logFiles) stage.expect(!readFileSync(path).includes(saidByNode), `${path} repeats what a node said`);
}

function tellStatuses(statuses: ReadonlyMap<number, number>): string {
  return [...statuses]
    .toSorted(([a], [b]) => a - b)
    .map(([status, times]) => `${status} × ${times}`)
    .join(', ');
}

/** `word` stands in most of them: what must not be found again. */
function strangeBody(random: () => number, at: number, word: string): Buffer {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const value = (depth: number): unknown => {
    const kind = Math.floor(random() * (depth > 4 ? 7 : 9));
    if (kind === 7) return Array.from({ length: Math.floor(random() * 6) }, () => value(depth + 1));
    if (kind === 8)
      return Object.fromEntries(Array.from({ length: Math.floor(random() * 6) }, () => [pick(names), value(depth + 1)]));
    return pick([null, true, -1, 1e308, 2 ** 53 + 1, '', word, '\u0000\ud800', 'x'.repeat(5_000), '__proto__', '1e999', -0.1]);
  };
  const names = [
    'model',
    'messages',
    'max_tokens',
    'stream',
    'content',
    'role',
    'input',
    'contents',
    'parts',
    'text',
    'tools',
    'session_no',
    'books',
    'batch',
    'slices',
    'have',
    'node_id',
    '__proto__',
    'constructor',
    'email',
    'name',
    'group_id',
    '',
  ];
  const sensible = {
    model: 'claude-sonnet-4-5',
    max_tokens: 8,
    messages: [{ role: 'user', content: `rid:f${at} out:5 ${word}` }],
    [pick(names)]: value(0),
  };
  const text = JSON.stringify(random() < 0.4 ? sensible : value(0));
  switch (Math.floor(random() * 8)) {
    case 0:
      return Buffer.from(text).subarray(0, Math.floor(random() * text.length));
    case 1:
      return Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)));
    case 2:
      return Buffer.from(`${'['.repeat(50_000)}${word}`);
    case 3:
      return Buffer.from(`{"model":"claude-sonnet-4-5","model":${text},"max_tokens":1e400}`);
    case 4: {
      const flipped = Buffer.from(text);
      if (flipped.length > 0) flipped[Math.floor(random() * flipped.length)] = Math.floor(random() * 256);
      return flipped;
    }
    default:
      return Buffer.from(text);
  }
}
