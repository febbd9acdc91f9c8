export interface BannerFacts {
  readonly consoleUrl: string;
  readonly nodeUrl: string;
  readonly adminEmail: string;
  /** Only on the start that made it. */
  readonly adminPassword: string | undefined;
  readonly demoKey: string | undefined;
  readonly hasDashboard: boolean;
  readonly dataDir: string;
}

/** What `npm start` prints once everything answers: where to go, how to sign in, and a call to paste. */
export function banner(facts: BannerFacts): string {
  return [
    ...places(facts),
    ...(facts.demoKey ? tryIt(facts.nodeUrl, facts.demoKey) : []),
    '',
    'Ctrl-C stops it; requests in flight finish first.',
    '',
  ].join('\n');
}

function places(facts: BannerFacts): string[] {
  return [
    '',
    'AiCarpool is running.',
    '',
    `  Console   ${facts.consoleUrl}${facts.hasDashboard ? '' : '/api/docs'}`,
    `  API docs  ${facts.consoleUrl}/api/docs`,
    `  Node      ${facts.nodeUrl}   (the base URL for AI clients)`,
    `  Data      ${facts.dataDir}`,
    `  Login     ${facts.adminEmail}`,
    facts.adminPassword
      ? `  Password  ${facts.adminPassword}   (shown this once; change it after signing in)`
      : '  Password  the one you chose or were shown at the first start',
  ];
}

function tryIt(nodeUrl: string, key: string): string[] {
  const call = (stream: boolean) =>
    `curl -s${stream ? 'N' : ''} ${nodeUrl}/v1/messages -H 'authorization: Bearer ${key}' -H 'content-type: application/json' ` +
    `-d '{"model":"claude-sonnet-5","max_tokens":200,${stream ? '"stream":true,' : ''}"messages":[{"role":"user","content":"Hello"}]}'`;
  return [
    '',
    'Try it now. A simulated service answers; nothing leaves this machine, nothing is billed:',
    '',
    call(false),
    '',
    'The same as a stream:',
    '',
    call(true),
    '',
    'Settings for the clients (the demo key is shown this once):',
    '',
    `  Claude Code   export ANTHROPIC_BASE_URL=${nodeUrl} ANTHROPIC_AUTH_TOKEN=${key}`,
    `  Gemini CLI    export GOOGLE_GEMINI_BASE_URL=${nodeUrl} GEMINI_API_KEY=${key}`,
    `  Codex CLI     export GW_KEY=${key}; codex -c model_provider=gw -c model_providers.gw.name=gw -c model_providers.gw.base_url=${nodeUrl}/v1 -c model_providers.gw.env_key=GW_KEY -c model_providers.gw.wire_api=responses`,
    `  OpenAI SDK    export OPENAI_BASE_URL=${nodeUrl}/v1 OPENAI_API_KEY=${key}`,
  ];
}
