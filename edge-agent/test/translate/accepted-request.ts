import type { Dialect } from '@aicarpool/shared-protocol';
import type { Loose } from './canonical.ts';

/** What the real API of `dialect` would complain about in a request body; empty: it takes it. */
export function complaints(dialect: Dialect, body: Loose): string[] {
  const found: string[] = [];
  checks[dialect](body, (complaint) => found.push(complaint));
  return found;
}

type Complain = (complaint: string) => void;

const checks: Record<Dialect, (body: Loose, complain: Complain) => void> = {
  'anthropic-messages': checkAnthropic,
  'openai-chat': checkChat,
  'openai-responses': checkResponses,
  gemini: checkGemini,
};

function checkName(name: unknown, complain: Complain, form = /^[a-zA-Z0-9_-]{1,64}$/): void {
  if (typeof name !== 'string' || !form.test(name)) complain(`bad name ${String(name)}`);
}

function checkAnthropic({ messages, max_tokens, system, tools, stream }: Loose, complain: Complain): void {
  if (!(Number.isInteger(max_tokens) && max_tokens > 0)) complain('max_tokens');
  if (stream !== undefined && typeof stream !== 'boolean') complain('stream');
  for (const tool of tools ?? []) {
    if (tool.type === undefined && tool.input_schema?.type !== 'object') complain(`input_schema of ${tool.name}`);
    checkName(tool.name, complain, /^[a-zA-Z0-9_-]{1,128}$/);
  }
  for (const block of system ?? []) if (block.text === '') complain('empty system');
  let open: string[] = [];
  for (const [at, { role, content }] of messages.entries()) {
    if (role !== 'user' && role !== 'assistant') complain(`role ${role}`);
    if (role === messages[at - 1]?.role) complain(`two messages of ${role}`);
    if (content.length === 0) complain('an empty message');
    for (const block of content) if (block.type === 'text' && block.text.trim() === '') complain('an empty text');
    const results = content.filter(({ type }: Loose) => type === 'tool_result').map((one: Loose) => one.tool_use_id);
    if (role === 'user') checkSame(open, results, complain);
    const firstOther = content.findIndex(({ type }: Loose) => type !== 'tool_result');
    if (firstOther !== -1 && content.slice(firstOther).some(({ type }: Loose) => type === 'tool_result')) {
      complain('a result behind something else');
    }
    open = content.filter(({ type }: Loose) => type === 'tool_use').map(({ id }: Loose) => id);
    for (const id of open) checkName(id, complain);
  }
}

function checkSame(calls: readonly string[], results: readonly string[], complain: Complain): void {
  if ([...calls].sort().join() !== [...results].sort().join()) complain(`calls ${calls} have results ${results}`);
}

function checkChat({ messages, tools }: Loose, complain: Complain): void {
  for (const tool of tools ?? []) checkName((tool.function ?? tool.custom).name, complain);
  if (messages.length === 0) complain('no messages');
  let open: string[] = [];
  for (const message of messages) {
    if (!['system', 'developer', 'user', 'assistant', 'tool'].includes(message.role)) complain(`role ${message.role}`);
    if (message.role === 'tool') {
      if (!open.includes(message.tool_call_id)) complain(`a result without a call: ${message.tool_call_id}`);
      open = open.filter((id) => id !== message.tool_call_id);
      continue;
    }
    if (open.length > 0) complain(`calls without results: ${open}`);
    open = (message.tool_calls ?? []).map(({ id }: Loose) => id);
    for (const call of message.tool_calls ?? []) {
      checkName((call.function ?? call.custom).name, complain);
      if (call.function) JSON.parse(call.function.arguments);
    }
    if (message.role !== 'assistant' && (message.content ?? '') === '') complain(`an empty message of ${message.role}`);
  }
}

function checkResponses({ input, tools }: Loose, complain: Complain): void {
  for (const tool of tools ?? []) if (tool.type === 'function') checkName(tool.name, complain);
  const calls: string[] = [];
  for (const item of input) {
    const type = item.type ?? 'message';
    if (type === 'message' && !['user', 'assistant', 'system', 'developer'].includes(item.role)) complain(`role ${item.role}`);
    if (type === 'message' && item.content.length === 0) complain('an empty message');
    if (type === 'function_call') {
      checkName(item.name, complain);
      JSON.parse(item.arguments);
    }
    if (type === 'function_call' || type === 'custom_tool_call') calls.push(item.call_id);
    if (type !== 'function_call_output' && type !== 'custom_tool_call_output') continue;
    if (!calls.includes(item.call_id)) complain(`a result without a call: ${item.call_id}`);
    calls.splice(calls.indexOf(item.call_id), 1);
  }
  if (calls.length > 0 && input.at(-1)?.type !== 'function_call') complain(`calls without results: ${calls}`);
}

function checkGemini({ contents, tools }: Loose, complain: Complain): void {
  const name = /^[a-zA-Z_][\w.:-]{0,127}$/;
  for (const tool of tools ?? []) for (const one of tool.functionDeclarations ?? []) checkName(one.name, complain, name);
  if (contents.length === 0) complain('no contents');
  let open: string[] = [];
  for (const [at, { role, parts }] of contents.entries()) {
    if (role !== 'user' && role !== 'model') complain(`role ${role}`);
    if (parts.length === 0) complain('no parts');
    for (const part of parts) if (Object.keys(part).length === 0) complain('an empty part');
    const results = parts.flatMap(({ functionResponse }: Loose) => (functionResponse ? [functionResponse.name] : []));
    checkSame(open, results, complain);
    open = parts.flatMap(({ functionCall }: Loose) => (functionCall ? [functionCall.name] : []));
    if (open.length > 0 && role !== 'model') complain('a call out of place');
    if (at === contents.length - 1) open = [];
  }
}
