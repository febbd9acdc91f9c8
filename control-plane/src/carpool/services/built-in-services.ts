import type { ServiceResource } from '@aicarpool/shared-protocol';

export type ServiceDefinition = Omit<ServiceResource, 'models' | 'status' | 'vendor'> & {
  readonly description: string;
};

const bearer = 'authorization-bearer';

const claude: ServiceDefinition = {
  id: 'claude',
  display_name: 'Claude',
  description: 'Anthropic Claude, for Claude Code and the Messages API',
  base_url: 'https://api.anthropic.com',
  dialects: { 'anthropic-messages': '' },
  credential_headers: { api_key: 'x-api-key', oauth: bearer, bearer_token: bearer },
  default_headers: { 'anthropic-version': '2023-06-01' },
  models_path: '/v1/models',
  usage_in_streams: false,
  on_client_gone: 'abort',
  model_patterns: ['claude-*', 'anthropic/*', 'anthropic.claude-*', '*.anthropic.claude-*', 'claude'],
};

const gemini: ServiceDefinition = {
  id: 'gemini',
  display_name: 'Gemini',
  description: 'Google Gemini, for Gemini CLI and the Gemini API',
  base_url: 'https://generativelanguage.googleapis.com',
  dialects: { gemini: '' },
  credential_headers: { api_key: 'x-goog-api-key', oauth: bearer, bearer_token: bearer },
  default_headers: {},
  models_path: '/v1beta/models',
  usage_in_streams: false,
  on_client_gone: 'drain',
  model_patterns: [
    'gemini-*',
    'gemma-*',
    'models/*',
    'tunedModels/*',
    'text-embedding-*',
    'embedding-*',
    'imagen-*',
    'veo-*',
    'lyria-*',
    'learnlm-*',
    'nano-banana-*',
    'aqa',
    'deep-research-*',
  ],
};

const openaiPatterns = [
  ...['gpt-*', 'o1*', 'o3*', 'o4*', 'chatgpt-*', 'codex-*', 'text-embedding-*', 'computer-use-*', 'omni-moderation-*', 'ft:*'],
  ...['grok-*', 'deepseek-*', 'mistral*', 'mixtral*', 'magistral*', 'codestral*', 'ministral*', 'pixtral*', 'devstral*'],
  ...['llama*', 'meta-llama*', 'qwen*', 'qwq*', 'kimi*', 'moonshot*', 'glm-*', 'command*', 'nova-*', 'sonar*', 'phi-*'],
  ...['minimax*', 'muse-*', 'ernie-*', 'hunyuan*', 'doubao*', 'step-*', 'yi-*', 'jamba-*', 'granite-*', 'mimo-*', 'longcat-*'],
  '*/*',
];

const openai: ServiceDefinition = {
  id: 'openai',
  display_name: 'OpenAI',
  description: 'OpenAI, and every provider that speaks its API (set the base URL of the account)',
  base_url: 'https://api.openai.com',
  dialects: { 'openai-chat': '', 'openai-responses': '' },
  credential_headers: { api_key: bearer, oauth: bearer, bearer_token: bearer },
  default_headers: {},
  models_path: '/v1/models',
  usage_in_streams: false,
  on_client_gone: 'abort',
  model_patterns: openaiPatterns,
};

const ampcode: ServiceDefinition = {
  id: 'ampcode',
  display_name: 'Amp',
  description: 'Amp, which reaches the models of Anthropic, OpenAI and Google with one account',
  base_url: 'https://ampcode.com',
  dialects: {
    'anthropic-messages': '/api/provider/anthropic',
    'openai-chat': '/api/provider/openai',
    'openai-responses': '/api/provider/openai',
    gemini: '/api/provider/google',
  },
  credential_headers: { api_key: bearer, oauth: bearer, bearer_token: bearer },
  default_headers: { 'anthropic-version': '2023-06-01' },
  models_path: null,
  usage_in_streams: false,
  on_client_gone: 'drain',
  model_patterns: [...new Set([...claude.model_patterns, ...gemini.model_patterns, ...openaiPatterns])],
};

/** What every installation begins with. Broad families, so that a model of tomorrow works without an update. */
export const builtInServices: readonly ServiceDefinition[] = [claude, gemini, openai, ampcode];

/** The address of the simulated provider: every node serves it itself, and no other service may use it. */
export const simulatorBaseUrl = 'simulator://local';

/** The demo's provider. Its answers cost nothing; its prices are those of the models it plays. */
export const simulator: ServiceDefinition = {
  id: 'simulator',
  display_name: 'Simulator',
  description: 'A provider that answers from the node itself, to try things without an account',
  base_url: simulatorBaseUrl,
  dialects: { 'anthropic-messages': '', 'openai-chat': '', 'openai-responses': '', gemini: '' },
  credential_headers: { api_key: bearer, oauth: bearer, bearer_token: bearer },
  default_headers: {},
  models_path: null,
  usage_in_streams: false,
  on_client_gone: 'abort',
  model_patterns: ['claude-*', 'gpt-*', 'gemini-*'],
};
