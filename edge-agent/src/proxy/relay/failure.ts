import type { Refusal, RefusalCode } from '@aicarpool/shared-protocol';
import type { MeterReading } from '../../dialects/index.ts';
import { judge, statusOfError, type Verdict } from '../../health/health.ts';
import { ProxyFailed, ProxyNone } from '../../upstreams/proxies/proxy-failed.ts';
import { cameFromUsedSocket } from '../../upstreams/used-sockets.ts';
import type { Failure, Repeat, Reply } from '../exchange.ts';
import { decodeBody } from './decode-body.ts';

export type CutReason = 'client_gone' | 'draining' | 'deadline' | 'rubbish' | 'enough';

/** What ended an attempt early, in the words of the books and of the caller, and what follows from it. */
export interface Cause {
  readonly status: Failure['status'];
  readonly errorType: string;
  readonly refusal: Refusal;
  /** Held against the account and its endpoint. */
  readonly verdict: Verdict;
  /** Where nothing of it reached the caller. */
  readonly repeat: Repeat;
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
  if (error instanceof ProxyNone) return causes.noProxy;
  if (error instanceof ProxyFailed && error.blame !== 'target' && error.blame !== 'here') return causes.proxy;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.endsWith('_TIMEOUT') || code === 'ETIMEDOUT') return causes.timeout;
  if (error.name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW') return causes.rubbish;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return causes.name;
  if (code === 'ECONNREFUSED') return causes.refused;
  if (code === 'ADDRESS_REFUSED') return causes.address;
  if (isTls(code)) return causes.tls;
  return causes.broken;
}

/** A stream that this node ends because a budget has nothing left for more of it. */
export function outOfBudget(refusal: Refusal): Cause {
  return { status: 'stream_broken', errorType: refusal.code, refusal, verdict: neutral, repeat: 'never' };
}

function isTls(code: string): boolean {
  return code.includes('TLS') || code.includes('SSL') || code.includes('CERT') || code.includes('SIGNATURE');
}

/**
 * The attempt failed before any of an answer arrived. `sent`: the request had begun to leave; then nobody knows whether
 * it was worked on and charged, and it is not asked again unless an old socket is to blame.
 */
export function failureBeforeAnswer(error: Error, sent: boolean): Failure {
  const cause = causeOf(error);
  const isCut = error instanceof Cut;
  const isStale = sent && !isCut && cause.status === 'stream_broken' && cameFromUsedSocket(error);
  const notSent: Repeat = isCut ? 'never' : 'other';
  return {
    status: cause.status === 'stream_broken' ? 'upstream_error' : cause.status,
    httpStatus: null,
    errorType: cause.errorType,
    upstreamRequestId: null,
    refusal: cause.refusal,
    reply: null,
    reading: null,
    firstByteAtMs: null,
    responseBytes: 0,
    reachedUpstream: sent,
    verdict: isStale ? neutral : cause.verdict,
    repeat: isStale ? 'fresh' : sent ? 'never' : notSent,
  };
}

type PassedOver = Pick<Failure, 'status' | 'errorType' | 'refusal' | 'reply' | 'verdict' | 'repeat'>;

/** The upstream's own words were read and kept: another account may do better, else the caller gets them. */
export function passedOver(said: Reply, reading: MeterReading | null, nowMs: number): PassedOver {
  const { status, headers, body, request } = said;
  const text = decodeBody(body, headers['content-encoding']).toString('utf8');
  const meant = status < 300 ? statusOfError(text) : status;
  const verdict = judge({ status: meant, headers, body: text }, nowMs);
  const should = headers['x-should-retry'];
  return {
    status: 'upstream_error',
    errorType: reading?.error?.type ?? `http_${status}`,
    refusal: { code: 'upstream_none', message: 'no account of this group can answer just now' },
    reply: { status, headers, body, request },
    verdict,
    repeat: should === 'false' ? 'never' : should === 'true' ? 'again' : repeatAfter(verdict),
  };
}

const repeats: Readonly<Record<Verdict['kind'], Repeat>> = {
  well: 'never',
  neutral: 'never',
  again: 'again',
  limited: 'other',
  parked: 'other',
  auth_failed: 'other',
  overloaded: 'overloaded',
  failed: 'once',
};

function repeatAfter(verdict: Verdict): Repeat {
  return repeats[verdict.kind];
}

/** An error in the middle of a stream, by its type. */
export function verdictOfStreamError(type: string, nowMs: number): Verdict {
  const body = JSON.stringify({ error: { type } });
  return judge({ status: statusOfError(body), headers: {}, body }, nowMs);
}

const neutral: Verdict = { kind: 'neutral' };

function cause(
  status: Failure['status'],
  errorType: string,
  code: RefusalCode,
  message: string,
  against: 'endpoint' | 'nobody' = 'endpoint',
  repeat: Repeat = 'once',
): Cause {
  const verdict: Verdict = against === 'nobody' ? neutral : { kind: 'failed', reason: errorType };
  return { status, errorType, refusal: { code, message }, verdict, repeat };
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
  tls: cause('upstream_error', 'tls', 'upstream_unreachable', 'no secure connection to the AI provider could be made'),
  broken: cause('stream_broken', 'upstream_reset', 'upstream_unreachable', 'the AI provider broke off the connection'),
  proxy: cause('upstream_error', 'proxy_failed', 'upstream_unreachable', 'no outbound proxy let the request through', 'nobody'),
  noProxy: cause('upstream_error', 'proxy_none', 'proxy_none', 'no outbound proxy of this group can be used now', 'nobody'),
};

const cutCauses: Record<CutReason, Cause> = {
  client_gone: { ...causes.broken, verdict: neutral, repeat: 'never' },
  enough: { ...causes.broken, verdict: neutral, repeat: 'never' },
  rubbish: causes.rubbish,
  draining: cause(
    'stream_broken',
    'node_draining',
    'node_draining',
    'this node is being shut down; try again',
    'nobody',
    'never',
  ),
  deadline: cause('timeout', 'deadline', 'upstream_timeout', 'the answer took longer than this node allows', 'nobody', 'never'),
};
