import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  claimBooked,
  claimHonest,
  claimLive,
  claimPrivate,
  claimRefused,
  claimSaid,
  claimToolRan,
  echoCommand,
  livePieces,
  questionsOf,
  requestLines,
} from './claims.ts';
import { clientFolders } from './client-folders.ts';
import { type Asking, acrossScenarios, answer, type Client, everydayScenarios, hello, helloText } from './everyday.ts';
import type { ClientPackage } from './install-client.ts';
import { type Fields, listOf, type ToolCall } from './provider/turn.ts';
import { type Ran, runProgram } from './run-program.ts';
import type { Scenario } from './scenario.ts';
import type { Services, Stage } from './stage.ts';

const client = 'Codex CLI 0.169.0';

const platforms: Record<string, string> = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
};
const platform = `${process.platform}-${process.arch}`;
const target = platforms[platform];

export const codexCliPackage: ClientPackage = {
  name: '@openai/codex',
  version: '0.169.0',
  program: target && `@openai/codex-${platform}/vendor/${target}/bin/codex`,
};

const quiet = [
  ...['analytics.enabled=false', 'check_for_update_on_startup=false'],
  ...['features.plugins=false', 'features.apps=false', 'features.remote_plugin=false'],
].flatMap((setting) => ['-c', setting]);

/** As a provider of one's own, the way that the console tells people to set it up. */
const ownProvider = (base: string) =>
  [
    'model_provider="gw"',
    'model_providers.gw.name="gw"',
    `model_providers.gw.base_url="${base}/v1"`,
    'model_providers.gw.env_key="GW_KEY"',
    'model_providers.gw.wire_api="responses"',
  ].flatMap((setting) => ['-c', setting]);

const builtInProvider = (base: string) => ['-c', `openai_base_url="${base}/v1"`];

async function run(
  program: string,
  stage: Stage,
  { prompt = 'say hi', args = [], env: more, prefix = '' }: Asking,
  own: boolean,
  key = stage.key,
): Promise<Ran> {
  const { work, env, home } = await clientFolders(stage);
  const codexHome = join(home, '.codex');
  await mkdir(codexHome, { recursive: true });
  if (!own) await writeFile(join(codexHome, 'auth.json'), JSON.stringify({ OPENAI_API_KEY: key }));
  const base = stage.tap.origin + prefix;
  const provider = own ? ownProvider(base) : builtInProvider(base);
  return runProgram({
    command: program,
    args: ['exec', '--skip-git-repo-check', '--json', ...provider, ...quiet, ...args, prompt],
    cwd: work,
    env: { ...env, CODEX_HOME: codexHome, ...(own ? { GW_KEY: stage.key } : {}), ...more },
    timeoutMs: 60_000,
  });
}

const newestModel = 'gpt-6.1-sol';
const execCode = `const r = await tools.exec_command({ cmd: ${JSON.stringify(echoCommand)} }); text(JSON.stringify(r));`;
const freely = '--dangerously-bypass-approvals-and-sandbox';

function codexCli(program: string): Client {
  return {
    name: client,
    shell: { name: 'exec_command', input: { cmd: echoCommand } },
    toolArgs: [freely],
    ask: (stage, { args = [], ...asking } = {}) => run(program, stage, { ...asking, args: ['-m', 'gpt-5', ...args] }, true),
  };
}

/** All that was asked came over one WebSocket, and each question was booked. */
async function claimOverSocket(stage: Stage): Promise<string> {
  const lines = requestLines(stage);
  assert.deepEqual(lines, ['GET /v1/responses HTTP/1.1'], 'requests of HTTP');
  claimPrivate(stage);
  return claimBooked(stage);
}

export function codexCliScenarios(program: string): Scenario[] {
  const codex = codexCli(program);
  const { ask } = codex;
  return [
    ...everydayScenarios(codex),
    {
      client,
      what: `answer, ${newestModel}`,
      run: (stage) => answer({ ...codex, ask: (on, asking = {}) => run(program, on, asking, true) }, stage),
    },
    {
      client,
      what: `tool round trip, ${newestModel}`,
      run: async (stage) => {
        const call = { pieces: ['I will run it.'], call: { name: 'exec', namespace: 'functions', text: execCode } };
        stage.upstream.script = ({ toolResults }) => (toolResults.length > 0 ? { pieces: ['It ran.'] } : call);
        claimSaid(await run(program, stage, { args: [freely] }, true), 'It ran.');
        claimToolRan(stage);
        return claimHonest(stage);
      },
    },
    {
      client,
      what: 'keep-alives',
      run: async (stage) => {
        stage.upstream.script = () => ({ ...hello, keepAlives: 4 });
        claimSaid(await ask(stage), helloText);
        const passed = Buffer.concat(stage.tap.answered()).toString('latin1').split('event: keepalive').length - 1;
        assert.equal(passed, 4, 'keep-alives that reached the client');
        return `${passed} passed; ${await claimHonest(stage)}`;
      },
    },
    {
      client,
      what: 'turn state is echoed',
      run: async (stage) => {
        const call = { pieces: ['I will run it.'], call: codex.shell };
        stage.upstream.script = ({ toolResults }) => (toolResults.length > 0 ? { pieces: ['It ran.'] } : call);
        claimSaid(await ask(stage, { args: codex.toolArgs }), 'It ran.');
        const states = stage.upstream.seen.map(({ headers }) => headers['x-codex-turn-state']);
        assert.deepEqual(states, [undefined, 'scripted-state']);
        return 'the state of the first answer came with the second question';
      },
    },
    {
      client,
      what: 'wrong key',
      run: async (stage) => {
        const ran = await ask(stage, { env: { GW_KEY: 'acp_wrong' } });
        assert.notEqual(ran.code, 0);
        return claimRefused(stage, ran, 6, 20_000);
      },
    },
    {
      client,
      what: 'WebSocket: answer, live',
      run: async (stage) => {
        const live = livePieces(stage);
        stage.upstream.script = () => live;
        const ran = await run(program, stage, {}, false);
        claimSaid(ran, live.pieces.join(''));
        return `${await claimOverSocket(stage)}; ${claimLive(live)}; over after ${(ran.tookMs / 1000).toFixed(1)} s`;
      },
    },
    {
      client,
      what: 'WebSocket: keep-alives',
      run: async (stage) => {
        stage.upstream.script = () => ({ ...hello, keepAlives: 4 });
        claimSaid(await run(program, stage, {}, false), helloText);
        const passed = Buffer.concat(stage.tap.answered()).toString('latin1').split('"type":"keepalive"').length - 1;
        assert.equal(passed, 4, 'keep-alives that reached the client');
        return `${passed} passed; ${await claimOverSocket(stage)}`;
      },
    },
    {
      client,
      what: 'WebSocket: tool round trip',
      run: async (stage) => {
        const call = { pieces: ['I will run it.'], call: codex.shell };
        stage.upstream.script = ({ toolResults }) => (toolResults.length > 0 ? { pieces: ['It ran.'] } : call);
        claimSaid(await run(program, stage, { args: ['-m', 'gpt-5', freely] }, false), 'It ran.');
        claimToolRan(stage);
        const [before, after] = questionsOf(stage).map(({ asked }) => (asked === 'count' ? [] : listOf(asked?.body['input'])));
        const types = after?.slice(before?.length).map(({ type }) => type);
        assert.deepEqual(types, ['message', 'function_call', 'function_call_output'], 'what came to the conversation');
        return claimOverSocket(stage);
      },
    },
    {
      client,
      what: 'WebSocket: wrong key',
      run: async (stage) => {
        const ran = await run(program, stage, {}, false, 'acp_wrong');
        assert.notEqual(ran.code, 0);
        return claimRefused(stage, ran, 8, 20_000);
      },
    },
    ...acrossScenarios(codex, ['only-anthropic', 'only-chat', 'only-gemini']),
    ...acrossScenarios(overSocket(program), ['only-anthropic']),
    ...(['only-anthropic', 'only-chat', 'only-gemini'] as const).map((services) => freeform(program, services)),
  ];
}

/** The same client by its built-in provider, which tries a WebSocket first. */
function overSocket(program: string): Client {
  const codex = codexCli(program);
  const args = ['-m', 'gpt-5'];
  return {
    ...codex,
    name: `${client}, WebSocket`,
    ask: (stage, asking = {}) => run(program, stage, { ...asking, args: [...args, ...(asking.args ?? [])] }, false),
  };
}

/** The newest model's shell takes a text instead of arguments; a provider of another format knows nothing like it. */
function freeform(program: string, services: Services): Scenario {
  return {
    client,
    what: `${services.replace('only-', 'on ')}: tools, ${newestModel}`,
    services,
    run: async (stage) => {
      stage.upstream.script = ({ toolResults, body }) => {
        if (toolResults.length > 0) return { pieces: ['It ran.'] };
        const call = shellIn(body);
        return call ? { pieces: ['I will run it.'], call } : { pieces: ['there is no shell'] };
      };
      claimSaid(await run(program, stage, { args: [freely] }, true), 'It ran.');
      claimToolRan(stage);
      claimPrivate(stage);
      return claimBooked(stage);
    },
  };
}

/** A call of the shell in the way that the request offers it: as a tool that takes a text, or as a function. */
function shellIn(body: Fields): ToolCall | undefined {
  for (const tool of listOf(body['tools']).flatMap((one) => [one, ...listOf(one['functionDeclarations'])])) {
    const custom = tool['custom'] as Fields | undefined;
    const { name } = (custom ?? tool['function'] ?? tool) as Fields;
    if (typeof name !== 'string' || !name.endsWith('exec')) continue;
    return custom ? { name, text: execCode } : { name, input: { input: execCode } };
  }
  return undefined;
}
