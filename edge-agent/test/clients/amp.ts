import assert from 'node:assert/strict';
import { claimHonest, claimPrivate, claimRefused, claimSaid, echoCommand, lastOf, questionsOf } from './claims.ts';
import { clientFolders } from './client-folders.ts';
import { type Client, everydayScenarios, hello, helloText } from './everyday.ts';
import type { ClientPackage } from './install-client.ts';
import { sendJson } from './provider/turn.ts';
import { runProgram } from './run-program.ts';
import type { Scenario } from './scenario.ts';
import { type Stage, secretOf } from './stage.ts';

const client = 'Amp 2026-05-04 (pinned)';

export const ampPackage: ClientPackage = {
  name: '@sourcegraph/amp',
  version: '0.0.1777897475-g2324e1',
  program: '@sourcegraph/amp/dist/main.js',
};

const user = { id: 'user_1', email: 'somebody@example.com', username: 'somebody', team: null, features: [], siteAdmin: false };

const results: Record<string, unknown> = {
  getUserInfo: user,
  loadPlugins: [],
  getUserFreeTierStatus: { canUseAmpFree: false, isDailyGrantEnabled: false },
};

/** Plays Amp's own servers beside the models that they reach. */
function playAmp(stage: Stage): void {
  stage.upstream.onOther = ({ url }, response) => {
    if (!url.startsWith('/api/internal')) return false;
    const method = decodeURIComponent(url.split('?')[1] ?? '');
    if (url.includes('github-auth-status')) sendJson(response, { authenticated: false });
    else if (method === 'getThread') sendJson(response, { ok: false, error: { code: 'thread-not-found', message: 'a new one' } });
    else sendJson(response, { ok: true, result: results[method] ?? {} });
    return true;
  };
}

function amp(program: string): Client {
  return {
    name: client,
    shell: { name: 'Bash', input: { cmd: echoCommand } },
    toolArgs: ['--dangerously-allow-all'],
    ask: async (stage, { prompt = 'say hi', args = [], env: more } = {}) => {
      const { work, env } = await clientFolders(stage);
      playAmp(stage);
      const gateway = { AMP_URL: stage.tap.origin, AMP_API_KEY: stage.key, AMP_SKIP_UPDATE_CHECK: '1' };
      return runProgram({
        command: process.execPath,
        args: [program, '--no-ide', '--no-notifications', ...args, '-x', prompt],
        cwd: work,
        env: { ...env, ...gateway, ...more },
        timeoutMs: 60_000,
      });
    },
  };
}

/** Of the four, all but the prefix: Amp keeps nothing of a path in its base URL. */
function everyday(pinned: Client): Scenario[] {
  const own = everydayScenarios(pinned).filter(({ what }) => what !== 'path prefix');
  return own.map((scenario) => ({ ...scenario, services: 'ampcode' }));
}

export function ampScenarios(program: string): Scenario[] {
  const pinned = amp(program);
  const { ask } = pinned;
  return [
    ...everyday(pinned),
    {
      client,
      what: 'calls to its own servers',
      services: 'ampcode',
      run: async (stage) => {
        stage.upstream.script = () => hello;
        claimSaid(await ask(stage), helloText);
        const own = stage.upstream.seen.filter(({ url }) => url.startsWith('/api/internal'));
        assert.ok(own.some(({ url }) => url.includes('getUserInfo')) && own.some(({ url }) => url.includes('uploadThread')));
        const credential = `Bearer ${secretOf('ampcode')}`;
        for (const { headers, url } of own) {
          assert.equal(headers.authorization, credential, url);
          assert.equal(headers['x-amp-installation-id'] ?? headers['x-amp-device-fingerprint'], undefined, url);
        }
        return `${own.length} calls with the account of the group, none in the books; ${await claimHonest(stage)}`;
      },
    },
    {
      client,
      what: 'deep mode (Responses)',
      services: 'ampcode',
      run: async (stage) => {
        stage.upstream.script = () => hello;
        claimSaid(await ask(stage, { args: ['-m', 'deep'] }), helloText);
        assert.ok(questionsOf(stage).some(({ url }) => url === '/api/provider/openai/v1/responses'));
        return claimHonest(stage);
      },
    },
    {
      client,
      what: 'finder (Gemini, Vertex path)',
      services: 'ampcode',
      run: async (stage) => {
        const find = { pieces: ['I will look.'], call: { name: 'finder', input: { query: 'where is the door' } } };
        stage.upstream.script = ({ model, toolResults }) =>
          model.startsWith('gemini') || toolResults.length > 0 ? { pieces: ['Found it.'] } : find;
        claimSaid(await ask(stage, { args: pinned.toolArgs }), 'Found it.');
        const google = questionsOf(stage).filter(({ url }) => url.includes('/models/gemini'));
        assert.ok(
          google.length > 0,
          questionsOf(stage)
            .map(({ url }) => url)
            .join(),
        );
        return `${google[0]?.url}; ${await claimHonest(stage)}`;
      },
    },
    {
      client,
      what: 'wrong key',
      services: 'ampcode',
      run: async (stage) => {
        const ran = await ask(stage, { env: { AMP_API_KEY: 'acp_wrong' } });
        return `${claimRefused(stage, ran, 4, 20_000)}: ${lastOf(ran).slice(0, 120)}`;
      },
    },
    {
      client,
      what: 'a group without an Amp account',
      run: async (stage) => {
        const ran = await ask(stage);
        claimPrivate(stage);
        return `${claimRefused(stage, ran, 4, 20_000)}: ${lastOf(ran).slice(0, 160)}`;
      },
    },
  ];
}
