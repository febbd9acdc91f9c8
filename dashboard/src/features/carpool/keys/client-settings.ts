export const clientNames = ['claude-code', 'codex', 'gemini-cli', 'curl'] as const;
export type ClientName = (typeof clientNames)[number];

/** What to paste so that a client uses this key at this node. */
export function clientSettings(client: ClientName, nodeUrl: string, key: string): string {
  switch (client) {
    case 'claude-code':
      return `export ANTHROPIC_BASE_URL=${nodeUrl}\nexport ANTHROPIC_AUTH_TOKEN=${key}\nclaude`;
    case 'codex':
      return [
        `export GW_KEY=${key}`,
        `codex -c model_provider=gw -c model_providers.gw.name=gw -c model_providers.gw.base_url=${nodeUrl}/v1 \\`,
        '  -c model_providers.gw.env_key=GW_KEY -c model_providers.gw.wire_api=responses',
      ].join('\n');
    case 'gemini-cli':
      return `export GOOGLE_GEMINI_BASE_URL=${nodeUrl}\nexport GEMINI_API_KEY=${key}\ngemini`;
    case 'curl':
      return [
        `curl -N ${nodeUrl}/v1/messages \\`,
        `  -H 'authorization: Bearer ${key}' -H 'content-type: application/json' \\`,
        `  -d '{"model":"claude-sonnet-5","max_tokens":200,"stream":true,"messages":[{"role":"user","content":"Hello"}]}'`,
      ].join('\n');
  }
}
