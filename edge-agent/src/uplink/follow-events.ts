import { type NodeEvent, nodeEvent } from '@aicarpool/shared-protocol';
import { Backoff } from './backoff.ts';
import { Pause } from './pause.ts';
import { readSse } from './read-sse.ts';
import type { Session } from './session.ts';

/** Three of the comments that come every 15 s. */
const silenceMs = 45_000;
const firstRetryMs = 1_000;
/** A stream that lived this long was a good one. */
const goodAfterMs = 5_000;

/** Keeps the event stream open as long as the session lives. After a clean drop the first retry comes within a second. */
export async function followEvents(session: Session, onEvent: (event: NodeEvent) => void): Promise<void> {
  const backoff = new Backoff(session.random);
  const pause = new Pause();
  while (!session.over.aborted) {
    const openedMs = session.clocks.monotonicMs();
    const retryAfterMs = await streamOnce(session, onEvent);
    if (session.over.aborted) return;
    const wasGood = session.clocks.monotonicMs() - openedMs >= goodAfterMs;
    if (wasGood) backoff.reset();
    await pause.sleep(wasGood ? session.random() * firstRetryMs : backoff.nextMs(retryAfterMs), session.over);
  }
}

/** Follows one stream to its end; gives the wait that the control plane asked for. */
async function streamOnce(session: Session, onEvent: (event: NodeEvent) => void): Promise<number | null> {
  const silent = new AbortController();
  let timer = setTimeout(() => silent.abort(), silenceMs);
  const onBytes = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silent.abort(), silenceMs);
  };
  try {
    const signal = AbortSignal.any([session.over, silent.signal]);
    const opened = await session.controlPlane.openEvents(session.token, session.no, signal);
    if (session.over.aborted) return null;
    session.note('events', opened.ok ? undefined : opened.failure);
    if (!opened.ok) return opened.failure.retryAfterMs;
    session.streaming = true;
    for await (const data of readSse(opened.data, onBytes)) hand(session, data, onEvent);
  } catch (error) {
    if (!session.over.aborted) session.log.debug({ err: error }, 'the event stream broke');
  } finally {
    clearTimeout(timer);
    session.streaming = false;
  }
  return null;
}

function hand(session: Session, data: string, onEvent: (event: NodeEvent) => void): void {
  try {
    const parsed = nodeEvent.safeParse(JSON.parse(data));
    if (parsed.success) onEvent(parsed.data);
    else session.log.debug('an event of a newer control plane was passed over');
  } catch {
    session.log.warn('an event could not be read');
  }
}
