import type { IncomingHttpHeaders } from 'node:http';
import { limitHeaders } from '../../limits/limit-headers.ts';
import { callerHeaders } from '../../upstreams/response-headers.ts';
import type { Agent } from '../agent.ts';
import type { Attempt } from '../exchange.ts';
import { answerHeaders } from '../route.ts';
import type { UpstreamRequest } from '../upstream-request.ts';
import { unwrappedType } from './tap.ts';

/** True of what still holds when other bytes leave than those that came. */
const survivesChange = (name: string) =>
  name !== 'content-encoding' && name !== 'content-disposition' && name !== 'retry-after' && name !== 'retry-after-ms';
const ownOfDialect = (name: string) => name === 'content-type' || name.startsWith('openai-') || name.startsWith('x-');

/** Headers of a good answer as the caller gets them, as a flat list. */
export function answerHead(agent: Agent, attempt: Attempt, request: UpstreamRequest, headers: IncomingHttpHeaders): string[] {
  const { answer, unwrap } = request;
  const changes = Boolean(unwrap ?? request.filter ?? answer);
  const passed = callerHeaders(headers);
  if (!changes) return asItCame(agent, attempt, passed, headers['content-length']);
  const out: string[] = [];
  for (let at = 0; at + 1 < passed.length; at += 2) {
    const name = passed[at] ?? '';
    if (!survivesChange(name)) continue;
    if (answer && ownOfDialect(name)) continue;
    if (unwrap && name === 'content-type') continue;
    out.push(name, passed[at + 1] ?? '');
  }
  if (answer) out.push('content-type', answer.contentType);
  else if (unwrap) out.push('content-type', unwrappedType);
  addOwn(agent, attempt, out);
  return out;
}

function asItCame(agent: Agent, attempt: Attempt, out: string[], length: string | undefined): string[] {
  if (length !== undefined) out.push('content-length', length);
  addOwn(agent, attempt, out);
  return out;
}

/** What this node itself says with every answer, good or bad. */
export function addOwn(agent: Agent, { call, caller, candidate }: Attempt, out: string[]): void {
  const headroom = agent.gate.headroom(caller, agent.monotonicMs());
  out.push(...limitHeaders(call.dialect.dialect, headroom, agent.nowMs()));
  out.push('x-carpool-request-id', call.requestId, ...answerHeaders(candidate));
  if (agent.load.draining) out.push('connection', 'close');
}
