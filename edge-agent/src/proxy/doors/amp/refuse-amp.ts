import { type Refusal, refusals } from '@aicarpool/shared-protocol';
import { refusalHeaders } from '../../../dialects/refusal-headers.ts';
import type { Agent } from '../../agent.ts';
import { closesAfter, endRefusal } from '../../intake/linger.ts';
import type { Refusable } from '../../refuse.ts';
import type { AmpArea } from './read-amp-path.ts';

/** Says no in the shape that Amp reads. */
export function refuseAmp(agent: Agent, { requestId, request, response }: Refusable, area: AmpArea, refusal: Refusal): void {
  agent.metrics.refused(refusal.code);
  if (response.destroyed || response.headersSent) return;
  const { code, message } = refusal;
  const error = area === 'internal' ? { code: ampCode(refusal), message } : message;
  const body = JSON.stringify({ ok: false, error });
  const headers: Record<string, string> = { ...refusalHeaders(refusal), 'content-length': String(Buffer.byteLength(body)) };
  headers['x-carpool-request-id'] = requestId;
  const closes = closesAfter(request, code);
  if (closes || agent.load.draining) headers['connection'] = 'close';
  response.writeHead(refusals[code].status, headers);
  endRefusal(request, response, body, closes);
}

/** Amp's own word where it has one. */
function ampCode({ code }: Refusal): string {
  return refusals[code].status === 401 ? 'auth-required' : code.replaceAll('_', '-');
}
