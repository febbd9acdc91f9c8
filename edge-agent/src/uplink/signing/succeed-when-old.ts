import { successionAnswer, successionStatement } from '@aicarpool/shared-protocol';
import { Pause } from '../pause.ts';
import type { Session } from '../session.ts';
import { keyIdOf, signText } from './ed25519.ts';
import type { NodeIdentity } from './node-identity.ts';

const oldAfterMs = 90 * 24 * 3_600_000;
const lookEveryMs = 3_600_000;
const deadlineMs = 10_000;

/** Replaces the keys of this node when they are ninety days old. Looks now and then, as long as the session lives. */
export async function succeedWhenOld(session: Session, identity: NodeIdentity): Promise<void> {
  if (!identity.isKept) return await new Promise((resolve) => session.over.addEventListener('abort', () => resolve()));
  const pause = new Pause();
  while (!session.over.aborted) {
    if (session.clocks.nowMs() - identity.madeAtMs >= oldAfterMs) await trySucceed(session, identity);
    await pause.sleep(lookEveryMs, session.over);
  }
}

/** Where the disk takes no new keys, those that there are serve on. */
async function trySucceed(session: Session, identity: NodeIdentity): Promise<void> {
  try {
    await succeedIdentity(session, identity);
  } catch (error) {
    session.log.error({ err: error }, 'the keys of this node could not be replaced; trying again in an hour');
  }
}

/** Asks the control plane to take the next keys of this node. They are on the disk before, for the answer may be lost. */
export async function succeedIdentity(session: Session, identity: NodeIdentity): Promise<boolean> {
  const { identity_key: next, sealing_key } = identity.successor();
  const about = { node: identity.nodeId, from: keyIdOf(identity.pair().publicKey), key: next.publicKey };
  const text = successionStatement({ ...about, sealing_key: sealing_key.publicKey });
  const result = await session.controlPlane.post({
    name: 'identity',
    token: identity.credentialFor(session.controlPlane),
    body: {
      session_no: session.no,
      identity_key: next.publicKey,
      sealing_key: sealing_key.publicKey,
      signature: signText(next, text).toString('base64url'),
    },
    answer: successionAnswer,
    deadlineMs,
    signal: session.over,
  });
  // An earlier answer was lost: the control plane has taken the next keys already.
  const taken = result.ok || (result.failure.proved === true && lateCodes.has(result.failure.code));
  if (taken) identity.succeed();
  session.log.info({ taken }, 'the keys of this node were replaced');
  return taken;
}

const lateCodes = new Set(['identity_replaced', 'succession_unproved', 'node_key_expired']);
