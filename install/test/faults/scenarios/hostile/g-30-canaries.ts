import { readdirSync, readFileSync } from 'node:fs';
import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { canaries } from '../../stack/canaries.ts';
import { pause } from '../../stack/program.ts';

/** Everything is made to complain loudly, in the presence of secrets; then they are looked for in all that was said. */
export const loudSecrets: Scenario = {
  id: 'G-30',
  title: 'canaries: secrets in provoked errors, crashes, dumps and answers',
  everyday: true,
  mutations: [
    {
      name: 'errors of providers are logged as they came',
      file: 'edge-agent/src/upstreams/response-headers.ts',
      find: "headers['request-id'] ?? headers['x-request-id'] ?? null",
      replace: "(console.error(headers), headers['request-id'] ?? headers['x-request-id'] ?? null)",
    },
    {
      name: 'core dumps are not forbidden',
      file: 'edge-agent/src/commands/run.ts',
      find: 'if (!forbidCoreDumps())',
      replace: 'if (forbidCoreDumps.length < 0)',
    },
  ],
  run: async (stage) => {
    // Whatever keeps a core small here, a node must keep it away by itself.
    const under = ['sh', '-c', 'ulimit -c unlimited || ulimit -c "$(ulimit -H -c)"; exec "$0" "$@"'];
    const stack = await stage.open({ nodeRun: () => ({ under }) });
    const tell = (ask: { account: string; text: string }) => `your key ${ask.account} is wrong, you said ${ask.text}`;
    const answers: [number, (ask: { account: string; text: string }) => string][] = [
      [401, tell],
      [400, (ask) => JSON.stringify({ error: { type: 'invalid_request_error', message: tell(ask) } })],
      [500, tell],
      [200, (ask) => `{"broken": "${tell(ask)}`],
      [302, tell],
    ];
    let at = 0;
    stack.provider.behave = (ask, response) => {
      const [status, body] = answers[at++ % answers.length] ?? [500, tell];
      response.writeHead(status, {
        'content-type': 'application/json',
        'x-echo': ask.account,
        location: `http://127.0.0.1/?key=${ask.account}`,
      });
      response.end(body(ask));
      return true;
    };
    for (let round = 0; round < 30; round += 1) await stack.ask({ stream: round % 2 === 0 });
    for (const headers of [
      { 'x-api-key': `${stack.key.secret}x` },
      { authorization: `Basic ${stack.key.secret}` },
      { 'x-api-key': stack.key.secret, authorization: `Bearer ${stack.key.secret}` },
    ]) {
      const answer = await fetch(`${stack.node.url}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: `{"broken": ${canaries.body}`,
      });
      const text = await answer.text();
      stage.expect(
        !text.includes(stack.key.secret) && !text.includes(canaries.body),
        `an answer repeats a secret: ${text.slice(0, 200)}`,
      );
    }
    const seen = await Promise.all(
      [
        `/carpool/groups/${stack.groupId}/upstream-accounts`,
        `/carpool/groups/${stack.groupId}`,
        '/user/api-keys',
        '/admin/edge-nodes',
        '/audit',
      ].map(async (path) => JSON.stringify(await stack.client.call('GET', path).catch(() => ({})))),
    );
    for (const text of seen)
      stage.expect(!text.includes(canaries.account) && !text.includes(stack.key.secret), 'the console shows a secret');
    stack.provider.behave = undefined;
    for (const { name, pid } of [stack.node.program, ...stack.centre.replicas.map(({ program }) => program)]) {
      const allowed = /^Max core file size.*$/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[0] ?? '';
      stage.expect(/^Max core file size\s+0\s+0\s/.test(allowed), `${name} may leave a core behind: ${allowed}`);
    }
    const before = coresIn(stage.root);
    // Dies as a bug in native code would make it die: no core may be left behind.
    process.kill(stack.node.program.pid, 'SIGSEGV');
    const { signal } = await stack.node.program.ended;
    stage.expect(signal === 'SIGSEGV', `the node ended by ${signal}`);
    await pause(200);
    const left = coresIn(stage.root).filter((name) => !before.includes(name));
    stage.expect(left.length === 0, `the node left ${left} behind`);
    await stack.node.start();
    await judge(stage, stack);
    stage.figures['provoked'] = 30;
  },
};

/** Where a node runs; what it leaves there is called `core`, or `core` and its number. */
function coresIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => /^core(\.\d+)?$/.test(name));
}
