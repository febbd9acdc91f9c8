import { asError, asText, isObject } from '../../dialects/answer/read-value.ts';

export interface OpenaiFailure {
  readonly type: string;
  readonly message: string;
}

/** What was counted, not what went wrong: the code beside it says that. */
const countedTypes = new Set(['tokens', 'requests', 'input_tokens', 'output_tokens']);

/** An error object or text of OpenAI or a compatible vendor; null when there is none. */
export function readOpenaiFailure(value: unknown): OpenaiFailure | null {
  const error = asError(value);
  if (!error || !isObject(value)) return error;
  const code = asText(value['code']);
  const isVague = countedTypes.has(error.type) || error.type === 'error';
  return isVague && code !== null ? { ...error, type: code } : error;
}
