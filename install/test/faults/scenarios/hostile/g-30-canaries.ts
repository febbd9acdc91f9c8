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
  ],
  run: async (stage) => {
    const stack = await stage.open();
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
    // Dies as a bug in native code would make it die: no core may be left behind.
    process.kill(stack.node.program.pid, 'SIGSEGV');
    await stack.node.program.ended;
    await pause(200);
    await stack.node.start();
    await judge(stage, stack);
    stage.figures['provoked'] = 30;
  },
};
