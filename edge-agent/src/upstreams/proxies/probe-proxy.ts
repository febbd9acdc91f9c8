import { forwardingHeaders, type Probe, type ProbeAnswer } from '@aicarpool/shared-protocol';
import type { GroupEntry } from '../../snapshot/snapshot.ts';
import { findBaseUrl } from '../base-url.ts';
import type { Upstreams } from '../upstreams.ts';
import { ProxyFailed, reasonOf } from './proxy-failed.ts';
import type { ProxyLine } from './proxy-line.ts';

type Result = ProbeAnswer['result'];
type ProxyProbe = Extract<Probe, { kind: 'proxy' }>;

const tellTale = new Set(forwardingHeaders);

const answerAtMost = 64 * 1024;

/**
 * Connects through a proxy of a group and asks the echo address what it saw. Where that address cannot be reached
 * through the proxy but a provider of the group can, the proxy works and nothing is said of its exit.
 */
export async function probeProxy(upstreams: Upstreams, group: GroupEntry, probe: ProxyProbe): Promise<Result> {
  const base = URL.canParse(probe.echo_url) ? new URL(probe.echo_url) : undefined;
  const line = base && upstreams.proxies.findLine(group, probe.proxy_id, base.origin);
  if (!base || !line) return failed('proxy_none', 'this node has no such proxy, or cannot open its password');
  const startedAtMs = performance.now();
  const untilMs = startedAtMs + probe.deadline_ms;
  try {
    await withDeadline(line.check(base.origin), untilMs);
    const tookMs = Math.round(performance.now() - startedAtMs);
    const echo = await withDeadline(askEcho(line, base), untilMs).catch(() => undefined);
    return reached(tookMs, echo);
  } catch (error) {
    const isFarEnd = error instanceof ProxyFailed && (error.blame === 'target' || error.blame === 'here');
    const provider = isFarEnd ? originOfGroup(group) : undefined;
    if (provider === undefined) return failure(error, startedAtMs);
    return await viaProvider(line, provider, untilMs).catch((next: unknown) => failure(next, startedAtMs));
  }
}

async function viaProvider(line: ProxyLine, origin: string, untilMs: number): Promise<Result> {
  const startedAtMs = performance.now();
  await withDeadline(line.check(origin), untilMs);
  return reached(Math.round(performance.now() - startedAtMs), undefined);
}

function originOfGroup(group: GroupEntry): string | undefined {
  const upstreams = group.services.flatMap((route) => route.upstreams);
  return upstreams.map(({ baseUrl }) => findBaseUrl(baseUrl)?.origin).find((origin) => origin !== undefined);
}

interface Echo {
  readonly address: string | null;
  /** null: the far end cannot tell. */
  readonly added: readonly string[] | null;
}

function askEcho(line: ProxyLine, url: URL): Promise<Echo> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const answered = new Promise<string>((resolve, reject) => {
    const request = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers: ['accept', 'application/json'],
    };
    line.dispatch(
      request,
      {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData(controller, chunk) {
          bytes += chunk.length;
          if (bytes > answerAtMost) controller.abort(new Error('the echo is too long'));
          else parts.push(chunk);
        },
        onResponseEnd: () => resolve(Buffer.concat(parts).toString('utf8')),
        onResponseError: (_controller, error) => reject(error),
      },
      true,
    );
  });
  return answered.then(readEcho);
}

function readEcho(text: string): Echo {
  const parsed: unknown = JSON.parse(text);
  const body = isRecord(parsed) && isRecord(parsed['data']) ? parsed['data'] : parsed;
  if (!isRecord(body)) return { address: null, added: null };
  const { address, headers } = body;
  const names = isRecord(headers) ? Object.keys(headers).map((name) => name.toLowerCase()) : null;
  return {
    address: typeof address === 'string' ? address.slice(0, 64) : null,
    added: names?.filter((name) => tellTale.has(name)) ?? null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function withDeadline<T>(work: Promise<T>, untilMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const error = new ProxyFailed('timeout', 'UND_ERR_CONNECT_TIMEOUT', 'the proxy took longer than was asked for');
  const timer = setTimeout(() => late.reject(error), Math.max(1, untilMs - performance.now()));
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

function reached(tookMs: number, echo: Echo | undefined): Result {
  return {
    ok: true,
    upstream_id: null,
    response_time_ms: tookMs,
    text: null,
    model: null,
    input_tokens: null,
    output_tokens: null,
    exit_address: echo?.address ?? null,
    forwarding_headers: echo?.added ? [...echo.added] : null,
  };
}

function failure(error: unknown, startedAtMs: number): Result {
  const known = error instanceof Error ? error : new Error('unknown');
  const message = known instanceof ProxyFailed ? known.message : 'no connection through the proxy came about';
  return failed(reasonOf(known), message, Math.round(performance.now() - startedAtMs));
}

function failed(code: string, message: string, tookMs: number | null = null): Result {
  return { ok: false, code, message, http_status: null, response_time_ms: tookMs };
}
