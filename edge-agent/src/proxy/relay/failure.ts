import type { Refusal, RefusalCode } from '@aicarpool/shared-protocol';
import { cameFromUsedSocket } from '../../upstreams/used-sockets.ts';
import type { Failure } from '../exchange.ts';

export type CutReason = 'client_gone' | 'draining' | 'deadline' | 'rubbish' | 'enough';

/** What ended an attempt early, in the words of the books and of the caller. */
export interface Cause {
  readonly status: Failure['status'];
  readonly errorType: string;
  readonly refusal: Refusal;
}

/** An attempt that this node itself cut short. */
export class Cut extends Error {
  readonly reason: CutReason;
  constructor(reason: CutReason) {
    super(reason);
    this.reason = reason;
  }
}

export function causeOf(error: Error): Cause {
  if (error instanceof Cut) return cutCauses[error.reason];
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.endsWith('_TIMEOUT') || code === 'ETIMEDOUT') return causes.timeout;
  if (error.name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW') return causes.rubbish;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return causes.name;
  if (code === 'ECONNREFUSED') return causes.refused;
  if (code === 'ADDRESS_REFUSED') return causes.address;
  if (code === 'PROXY_NONE') return causes.proxy;
  if (code.includes('TLS') || code.includes('CERT') || code.includes('SIGNATURE')) return causes.tls;
  return causes.broken;
}

/** The attempt failed before any of an answer arrived. `sent`: the request had begun to leave. */
export function failureBeforeAnswer(error: Error, sent: boolean): Failure {
  const { status, errorType, refusal } = causeOf(error);
  const isCut = error instanceof Cut;
  return {
    status: status === 'stream_broken' ? 'upstream_error' : status,
    httpStatus: null,
    errorType,
    upstreamRequestId: null,
    refusal,
    reading: null,
    reachedUpstream: sent,
    tryElsewhere: !sent && !isCut,
    tryFreshSocket: sent && !isCut && status === 'stream_broken' && cameFromUsedSocket(error),
  };
}

function cause(status: Failure['status'], errorType: string, code: RefusalCode, message: string): Cause {
  return { status, errorType, refusal: { code, message } };
}

const causes = {
  timeout: cause('timeout', 'upstream_timeout', 'upstream_timeout', 'the AI provider took too long to answer'),
  rubbish: cause('upstream_error', 'upstream_rubbish', 'upstream_rubbish', 'the AI provider answered with something unreadable'),
  name: cause('upstream_error', 'dns', 'upstream_unreachable', 'the name of the AI provider could not be resolved'),
  refused: cause('upstream_error', 'connection_refused', 'upstream_unreachable', 'the AI provider refused the connection'),
  address: cause(
    'upstream_error',
    'address_refused',
    'upstream_unreachable',
    'this node may not talk to the address of the AI provider',
  ),
  proxy: cause(
    'upstream_error',
    'proxy_none',
    'proxy_none',
    'no outbound proxy of this group can be used; its manager can see why',
  ),
  tls: cause('upstream_error', 'tls', 'upstream_unreachable', 'no secure connection to the AI provider could be made'),
  broken: cause('stream_broken', 'upstream_reset', 'upstream_unreachable', 'the AI provider broke off the connection'),
};

const cutCauses: Record<CutReason, Cause> = {
  client_gone: causes.broken,
  enough: causes.broken,
  rubbish: causes.rubbish,
  draining: cause('stream_broken', 'node_draining', 'node_draining', 'this node is being shut down; try again'),
  deadline: cause('timeout', 'deadline', 'upstream_timeout', 'the answer took longer than this node allows'),
};
