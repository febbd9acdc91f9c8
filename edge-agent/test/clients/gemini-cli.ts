import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { claimHonest, claimPrivate, claimRefused, claimSaid, echoCommand, questionsOf, requestLines } from './claims.ts';
import { clientFolders } from './client-folders.ts';
import { acrossScenarios, answer, type Client, everydayScenarios, hello, helloText } from './everyday.ts';
import type { ClientPackage } from './install-client.ts';
import { runProgram } from './run-program.ts';
import type { Scenario } from './scenario.ts';

const client = 'Gemini CLI 0.61.0';

export const geminiCliPackage: ClientPackage = {
  name: '@google/gemini-cli',
  version: '0.61.0',
  program: '@google/gemini-cli/bundle/gemini.js',
};

const settings = {
  security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
  privacy: { usageStatisticsEnabled: false },
  general: { disableAutoUpdate: true, maxAttempts: 2 },
  telemetry: { enabled: false },
};

function geminiCli(program: string): Client {
  return {
    name: client,
    shell: { name: 'run_shell_command', input: { command: echoCommand, description: 'Says a word' } },
    toolArgs: ['--yolo'],
    ask: async (stage, { prompt = 'say hi', args = [], env: more, prefix = '' } = {}) => {
      const { home, work, env } = await clientFolders(stage);
      const auth = more?.['GOOGLE_GENAI_USE_VERTEXAI'] ? 'vertex-ai' : 'gemini-api-key';
      await mkdir(join(home, '.gemini'), { recursive: true });
      const chosen = { ...settings, security: { ...settings.security, auth: { selectedType: auth } } };
      await writeFile(join(home, '.gemini/settings.json'), JSON.stringify(chosen));
      await writeFile(join(work, 'dot.png'), dot);
      const gateway = { GOOGLE_GEMINI_BASE_URL: stage.tap.origin + prefix, GEMINI_API_KEY: stage.key };
      return runProgram({
        command: process.execPath,
        args: [program, '-p', prompt, '--skip-trust', '-m', 'gemini-2.5-flash', ...args],
        cwd: work,
        env: { ...env, ...gateway, ...more },
        timeoutMs: 60_000,
      });
    },
  };
}

/** The smallest picture there is. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export function geminiCliScenarios(program: string): Scenario[] {
  const gemini = geminiCli(program);
  const { ask } = gemini;
  return [
    ...everydayScenarios(gemini),
    {
      client,
      what: 'keep-alives',
      run: async (stage) => {
        stage.upstream.script = () => ({ ...hello, keepAlives: 4 });
        claimSaid(await ask(stage), helloText);
        const passed = Buffer.concat(stage.tap.answered()).toString('latin1').split('2\r\n\r\n\r\n').length - 1;
        assert.equal(passed, 4, 'blank lines that reached the client');
        return `${passed} blank lines passed; ${await claimHonest(stage)}`;
      },
    },
    {
      client,
      what: 'count tokens',
      run: async (stage) => {
        stage.upstream.script = () => hello;
        claimSaid(await ask(stage, { prompt: 'what is in @dot.png' }), helloText);
        const counted = stage.upstream.seen.filter(({ asked }) => asked === 'count').length;
        assert.ok(counted > 0, `no count reached the provider: ${requestLines(stage).join(', ')}`);
        claimPrivate(stage);
        await stage.node.booked(counted + questionsOf(stage).length);
        const rows = stage.node.rows.filter(({ operation }) => operation === 'count_tokens');
        assert.deepEqual(
          rows.map(({ costNanoUsd }) => costNanoUsd),
          Array(counted).fill(0),
        );
        return `${counted} counts, booked at no cost`;
      },
    },
    {
      client,
      what: 'wrong key',
      run: async (stage) => {
        const ran = await ask(stage, { env: { GEMINI_API_KEY: 'acp_wrong' } });
        assert.notEqual(ran.code, 0);
        return claimRefused(stage, ran, 1, 20_000);
      },
    },
    {
      client,
      what: 'two credentials at once',
      run: (stage) => answer(gemini, stage, { env: { GEMINI_API_KEY_AUTH_MECHANISM: 'bearer' } }),
    },
    {
      client,
      what: 'Vertex paths with a key',
      run: async (stage) => {
        const vertex = { GOOGLE_GENAI_USE_VERTEXAI: 'true', GOOGLE_API_KEY: stage.key, GOOGLE_VERTEX_BASE_URL: stage.tap.origin };
        const note = await answer(gemini, stage, { env: { ...vertex, GEMINI_API_KEY: '', GOOGLE_GEMINI_BASE_URL: '' } });
        const [line = ''] = requestLines(stage);
        assert.ok(line.includes('/publishers/google/models/'), line);
        return note;
      },
    },
    ...acrossScenarios(gemini, ['only-anthropic', 'only-responses', 'only-chat']),
  ];
}
