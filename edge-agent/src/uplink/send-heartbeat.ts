import { type HeartbeatRequest, heartbeatAnswer } from '@aicarpool/shared-protocol';
import { Backoff } from './backoff.ts';
import { Pause } from './pause.ts';
import type { Session } from './session.ts';

const deadlineMs = 10_000;

export interface HeartbeatParts {
  readonly vitals: () => Omit<HeartbeatRequest, 'session_no'>;
  readonly onUpdate: (version: number) => void;
}

/** Says every minute that the node lives and how it does; the first time at once. */
export async function sendHeartbeats(session: Session, parts: HeartbeatParts): Promise<void> {
  const backoff = new Backoff(session.random);
  const pause = new Pause();
  while (!session.over.aborted) {
    const result = await beat(session, parts.vitals());
    if (result.ok) {
      backoff.reset();
      for (const { config_version } of result.data.actions) parts.onUpdate(config_version);
      await pause.sleep(Math.min(300, result.data.next_heartbeat_seconds) * 1000, session.over);
    } else {
      const waitMs = Math.min(backoff.nextMs(result.failure.retryAfterMs), session.answer.heartbeat_s * 1000);
      await pause.sleep(waitMs, session.over);
    }
  }
}

/** One heartbeat; also the last one of a node that drains. */
export async function beat(session: Session, vitals: Omit<HeartbeatRequest, 'session_no'>) {
  const body: HeartbeatRequest = { ...vitals, session_no: session.no };
  const { controlPlane, token } = session;
  const result = await controlPlane.post({
    name: 'heartbeat',
    token,
    body,
    answer: heartbeatAnswer,
    deadlineMs,
    signal: session.over,
  });
  session.note('heartbeat', result.ok ? undefined : result.failure);
  return result;
}
