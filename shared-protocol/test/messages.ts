import type { z } from 'zod';
import {
  challengeAnswer,
  challengeRequest,
  groupResource,
  heartbeatAnswer,
  heartbeatRequest,
  keyResource,
  nodeEvent,
  probeAnswer,
  proxyResource,
  quotaResource,
  registerAnswer,
  registerRequest,
  renewAnswer,
  renewRequest,
  serviceResource,
  sessionAnswer,
  sessionRequest,
  settleAnswer,
  settleRequest,
  signalsAnswer,
  signalsRequest,
  statsAnswer,
  statsQuestion,
  successionAnswer,
  successionRequest,
  syncAnswer,
  syncRequest,
  upsert,
  upstreamResource,
} from '../src/index.ts';

/** Every message and resource under `src/edge`, by the name that its fixtures begin with. */
export const messages: Readonly<Record<string, z.ZodType>> = {
  'challenge-answer': challengeAnswer,
  'challenge-request': challengeRequest,
  group: groupResource,
  'heartbeat-answer': heartbeatAnswer,
  'heartbeat-request': heartbeatRequest,
  key: keyResource,
  'node-event': nodeEvent,
  'probe-answer': probeAnswer,
  proxy: proxyResource,
  quota: quotaResource,
  'register-answer': registerAnswer,
  'register-request': registerRequest,
  'renew-answer': renewAnswer,
  'renew-request': renewRequest,
  service: serviceResource,
  'session-answer': sessionAnswer,
  'session-request': sessionRequest,
  'settle-answer': settleAnswer,
  'settle-request': settleRequest,
  'signals-answer': signalsAnswer,
  'signals-request': signalsRequest,
  'stats-answer': statsAnswer,
  'stats-question': statsQuestion,
  'succession-answer': successionAnswer,
  'succession-request': successionRequest,
  'sync-answer': syncAnswer,
  'sync-request': syncRequest,
  upsert,
  upstream: upstreamResource,
};

/** The message that a fixture (`sync-answer-part.v1.json`) is an example of: the longest name that it begins with. */
export function messageOfFixture(fileName: string): { readonly name: string; readonly version: number } | undefined {
  const match = /^(.+)\.v(\d+)\.json$/.exec(fileName);
  const stem = match?.[1] ?? '';
  const names = Object.keys(messages).filter((name) => stem === name || stem.startsWith(`${name}-`));
  const name = names.sort((a, b) => b.length - a.length)[0];
  return match && name ? { name, version: Number(match[2]) } : undefined;
}
