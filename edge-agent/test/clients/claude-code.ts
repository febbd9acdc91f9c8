import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { claimHonest, claimPrivate, claimRefused, claimSaid, echoCommand, lastOf, questionsOf, requestLines } from './claims.ts';
import { clientFolders } from './client-folders.ts';
import { acrossScenarios, type Client, everydayScenarios, hello, helloText } from './everyday.ts';
import type { ClientPackage } from './install-client.ts';
import { runProgram } from './run-program.ts';
import type { Scenario } from './scenario.ts';
import { hiddenModels } from './stage.ts';

const client = 'Claude Code 2.1.329';

const platforms = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
const platform = `${process.platform}-${process.arch}`;

export const claudeCodePackage: ClientPackage = {
  name: '@anthropic-ai/claude-code',
  version: '2.1.329',
  program: platforms.includes(platform) ? `@anthropic-ai/claude-code-${platform}/claude` : undefined,
};

const quiet = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: '1',
};

function claudeCode(program: string): Client {
  return {
    name: client,
    shell: { name: 'Bash', input: { command: echoCommand, description: 'Says a word' } },
    toolArgs: ['--allowedTools', 'Bash'],
    ask: async (stage, { prompt = 'say hi', args = [], env: more, prefix = '' } = {}) => {
      const { work, env } = await clientFolders(stage);
      const gateway = { ANTHROPIC_BASE_URL: stage.tap.origin + prefix, ANTHROPIC_AUTH_TOKEN: stage.key };
      return runProgram({
        command: program,
        args: ['-p', prompt, ...args],
        cwd: work,
        env: { ...env, ...quiet, ...gateway, ...more },
        timeoutMs: 60_000,
      });
    },
  };
}

export function claudeCodeScenarios(program: string): Scenario[] {
  const claude = claudeCode(program);
  const { ask } = claude;
  return [
    ...everydayScenarios(claude),
    {
      client,
      what: 'keep-alives',
      run: async (stage) => {
        stage.upstream.script = () => ({ ...hello, keepAlives: 4 });
        claimSaid(await ask(stage), helloText);
        const pings = Buffer.concat(stage.tap.answered()).toString('latin1').split('event: ping').length - 1;
        assert.equal(pings, 4, 'pings that reached the client');
        return `${pings} pings passed; ${await claimHonest(stage)}`;
      },
    },
    {
      client,
      what: 'stream:false after a broken stream',
      run: async (stage) => {
        stage.upstream.script = (_asked, at) => (at === 0 ? { pieces: ['Half'], breaks: true } : hello);
        claimSaid(await ask(stage), helloText);
        const streams = questionsOf(stage).map(({ asked }) => asked !== 'count' && asked?.stream);
        assert.deepEqual(streams, [true, false], 'how the client asked');
        claimPrivate(stage);
        await stage.node.booked(2);
        assert.deepEqual(
          stage.node.rows.map(({ status, stream }) => ({ status, stream })),
          [
            { status: 'upstream_error', stream: true },
            { status: 'ok', stream: false },
          ],
        );
        return 'streamed, then whole; both booked';
      },
    },
    {
      client,
      what: 'count tokens',
      run: async (stage) => {
        claimSaid(await ask(stage, { prompt: '/context' }), 'claude-opus');
        const counted = stage.upstream.seen.filter(({ asked }) => asked === 'count').length;
        assert.ok(counted > 0, `no count reached the provider: ${requestLines(stage).join(', ')}`);
        await stage.node.booked(counted);
        const cost = stage.node.rows.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
        assert.deepEqual({ rows: stage.node.rows.length, cost }, { rows: counted, cost: 0 });
        claimPrivate(stage);
        return `${counted} counts, booked at no cost`;
      },
    },
    {
      client,
      what: 'model discovery',
      run: async (stage) => {
        stage.upstream.script = () => hello;
        const env = { CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1' };
        const ran = await ask(stage, { env });
        claimSaid(ran, helloText);
        assert.ok(
          requestLines(stage).some((line) => line.startsWith('GET /v1/models')),
          requestLines(stage).join(),
        );
        const kept = await readFile(join(stage.dir, 'home/.claude/cache/gateway-models.json'), 'utf8').catch(() => lastOf(ran));
        const found = ['claude-opus-5-5', 'claude-sonnet-5-5'].filter((model) => kept.includes(model));
        assert.equal(found.length, 2, `models that the client kept: ${kept.slice(0, 400)}`);
        for (const model of hiddenModels) assert.ok(!kept.includes(model), `${model} was listed`);
        return `kept ${found.join(', ')}; ${await claimHonest(stage)}`;
      },
    },
    {
      client,
      what: 'wrong key',
      run: async (stage) => {
        const ran = await ask(stage, { env: { ANTHROPIC_AUTH_TOKEN: 'acp_wrong' } });
        assert.notEqual(ran.code, 0);
        return claimRefused(stage, ran, 1, 15_000);
      },
    },
    {
      client,
      what: 'two credentials at once',
      run: async (stage) => {
        stage.upstream.script = () => hello;
        claimSaid(await ask(stage, { env: { ANTHROPIC_API_KEY: 'sk-ant-another' } }), helloText);
        const seen = stage.upstream.seen.flatMap(({ rawHeaders }) => rawHeaders);
        assert.ok(!seen.includes('sk-ant-another'), 'the other credential reached the provider');
        return claimHonest(stage);
      },
    },
    ...acrossScenarios(claude, ['only-responses', 'only-chat', 'only-gemini']),
    ...(['only-responses', 'only-chat', 'only-gemini'] as const).map(
      (services): Scenario => ({
        client,
        what: `${services.replace('only-', 'on ')}: count tokens`,
        services,
        run: async (stage) => {
          claimSaid(await ask(stage, { prompt: '/context' }), 'claude-opus');
          claimPrivate(stage);
          assert.equal(questionsOf(stage).length, 0, 'questions to a model');
          const asked = requestLines(stage).filter((line) => line.includes('count_tokens')).length;
          const answers = Buffer.concat(stage.tap.answered()).toString('latin1');
          const counted = answers.split('"input_tokens":').length - 1;
          if (services === 'only-chat')
            assert.ok(answers.includes('policy_blocked') && asked <= 30, `${asked} counts were refused`);
          else assert.equal(counted, asked, 'counts that were answered');
          const cost = stage.node.rows.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
          assert.equal(cost, 0);
          return `${asked} counts asked, ${stage.upstream.seen.length} by the provider's own counting, at no cost`;
        },
      }),
    ),
  ];
}
