import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { canaries } from '../../stack/canaries.ts';
import { pause } from '../../stack/program.ts';

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
const ofCentre = [
  'challenge',
  'register',
  'session',
  'session/renew',
  'identity',
  'sync',
  'heartbeat',
  'answers',
  'probe-answers',
  'settle',
  'signals',
].map((name) => `/api/v1/edge-nodes/${name}`);
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
      ...ofCentre.map((path) => ({ url: centre + path, headers: {}, word: canaries.body })),
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
    for (let at = 0; at < count; at += 10) await Promise.all(Array.from({ length: 10 }, (_, more) => one(at + more)));
    await pause(500);
    const alive = [stack.node.program, ...stack.centre.replicas.map(({ program }) => program)]
      .filter((program) => program.isRunning)
      .map(({ pid }) => pid);
    stage.expect(alive.join() === pids.join(), 'a program fell over');
    stage.expect((await stack.ask()).status === 200, 'after all this the node does not serve');
    await judge(stage, stack);
    stage.figures['bodies'] = count;
    stage.figures['statuses'] = [...statuses]
      .toSorted(([a], [b]) => a - b)
      .map(([status, times]) => `${status} × ${times}`)
      .join(', ');
  },
};

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
