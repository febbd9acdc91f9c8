import { isAbsent, isObject, objectOf, objectsOf } from '../../parts/json.ts';
import type { Untranslatable } from '../../parts/untranslatable.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';

/** Said in every target format by the pairs themselves. */
const translated = new Set([
  'model',
  'messages',
  'system',
  'max_tokens',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'thinking',
  'output_config',
  'output_format',
  'tools',
  'tool_choice',
]);

/**
 * Left out on purpose: they steer caching, billing, speed and housekeeping at Anthropic, or ask for notes beside the
 * answer; the answer itself means the same without them.
 */
const hints = new Set([
  'metadata',
  'service_tier',
  'speed',
  'cache_control',
  'context_management',
  'safeguards',
  'diagnostics',
  'betas',
  'user_profile_id',
  'workspace_id',
  'anthropic_version',
  'anthropic_beta',
]);

const advice: Readonly<Record<string, string>> = {
  container: 'leave it out, or ask a model that Anthropic serves (containers and skills are kept there).',
  mcp_servers: 'let the client call the servers itself, or ask a model that Anthropic serves.',
  inference_geo: 'leave it out, or ask a model that Anthropic serves (no other provider is bound by it).',
};

/** Whatever changes what the answer means and is not known here is refused by name, never dropped. */
export function checkFields(body: JsonObject, problems: Untranslatable): void {
  for (const [name, value] of Object.entries(body)) {
    if (isNothing(value) || translated.has(name) || hints.has(name)) continue;
    const known = Object.hasOwn(advice, name) ? advice[name] : undefined;
    problems.refuse(`The field "${name.slice(0, 60)}"`, known ?? 'leave it out, or ask a model that Anthropic serves.');
  }
  for (const name of Object.keys(objectOf(body['output_config']))) {
    if (name === 'effort' || name === 'format' || name === 'task_budget') continue;
    problems.refuse(`The field "output_config.${name.slice(0, 60)}"`, 'leave it out, or ask a model that Anthropic serves.');
  }
}

function isNothing(value: JsonValue | undefined): boolean {
  return isAbsent(value) || (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);
}

/** Structured output under its present and its former name. */
export function findOutputSchema(body: JsonObject, problems: Untranslatable): JsonObject | undefined {
  const inConfig = objectOf(body['output_config'])['format'];
  const format = isAbsent(inConfig) ? body['output_format'] : inConfig;
  if (!isObject(format) || format['type'] === 'text') return undefined;
  if (format['type'] === 'json_schema' && isObject(format['schema'])) return format['schema'];
  problems.refuse(
    `The output format "${String(format['type']).slice(0, 60)}"`,
    'use a format of type json_schema with a schema.',
  );
  return undefined;
}

/** Text blocks of the system prompt; Claude Code's billing line says nothing to a model. */
export function systemTexts(system: JsonValue | undefined): readonly string[] {
  const texts =
    typeof system === 'string' ? [system] : objectsOf(system).map(({ text }) => (typeof text === 'string' ? text : ''));
  return texts.filter((text) => text !== '' && !text.startsWith('x-anthropic-billing-header:'));
}
