/**
 * Dialects: what each AI API looks like on the wire, and nothing about where it is sent. Paths, request facts, usage,
 * refusals and model lists; pure functions over bytes.
 */
import type { Dialect } from '@aicarpool/shared-protocol';
import { anthropicMessages } from './anthropic-messages/module.ts';
import type { DialectModule } from './dialect.ts';
import { gemini } from './gemini/module.ts';
import { openaiChat } from './openai-chat/module.ts';
import { openaiResponses } from './openai-responses/module.ts';

export { unreadable } from './answer/answer-meter.ts';
export type {
  DialectModule,
  Endpoint,
  EndpointReading,
  Meter,
  MeterInput,
  MeterReading,
  Operation,
  RequestFacts,
  RequestReading,
  WrittenRefusal,
} from './dialect.ts';
export { readEndpoint } from './endpoint/read-endpoint.ts';
export { renameGeminiModel } from './gemini/rename-model.ts';
export type { RequestExposure } from './hints/read-exposure.ts';
export { RequestHints } from './hints/request-hints.ts';
export { setMember } from './json/edit-members.ts';
export { askForUsage } from './openai-chat/ask-for-usage.ts';
export { UsageFilter } from './openai-chat/usage-filter.ts';

export const dialectModules: Readonly<Record<Dialect, DialectModule>> = {
  'anthropic-messages': anthropicMessages,
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  gemini,
};
