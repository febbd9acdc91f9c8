import type { IncomingHttpHeaders } from 'node:http';
import { callerHeaders } from '../../upstreams/response-headers.ts';
import type { Agent } from '../agent.ts';
import type { Attempt } from '../exchange.ts';
import { answerHeaders } from '../route.ts';
import type { UpstreamRequest } from '../upstream-request.ts';

/** True of what still holds when other bytes leave than those that came. */
const survivesChange = (name: string) =>
  name !== 'content-encoding' && name !== 'content-disposition' && name !== 'retry-after' && name !== 'retry-after-ms';
const ownOfDialect = (name: string) => name === 'content-type' || name.startsWith('openai-') || name.startsWith('x-');

/** Headers of a good answer as the caller gets them, as a flat list. */
export function answerHead(agent: Agent, attempt: Attempt, request: UpstreamRequest, headers: IncomingHttpHeaders): string[] {
  const { answer } = request;
  const changes = Boolean(request.unwrap ?? request.filter ?? answer);
  const passed = callerHeaders(headers);
  const out: string[] = [];
  for (let at = 0; at + 1 < passed.length; at += 2) {
    const name = passed[at] ?? '';
    if (changes && !survivesChange(name)) continue;
    if (answer && ownOfDialect(name)) continue;
    out.push(name, passed[at + 1] ?? '');
  }
  if (answer) out.push('content-type', answer.contentType);
  const length = headers['content-length'];
  if (length !== undefined && !changes) out.push('content-length', length);
  addOwn(agent, attempt, out);
  return out;
}

/** What this node itself says with every answer, good or bad. */
export function addOwn(agent: Agent, { call, candidate }: Attempt, out: string[]): void {
  out.push('x-carpool-request-id', call.requestId, ...answerHeaders(candidate));
  if (agent.load.draining) out.push('connection', 'close');
}
