import { renewAnswer } from '@aicarpool/shared-protocol';
import { ControlPlane } from '../../uplink/call-control-plane.ts';
import type { Identity } from '../../uplink/identity.ts';
import { newPair } from '../../uplink/signing/ed25519.ts';
import { NodeIdentity } from '../../uplink/signing/node-identity.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const deadlineMs = 10_000;
const uneasyMs = 30_000;
const wrongMs = 300_000;

/** Is it there, does it take this node for who it is, and do the clocks agree? Opens no session, so it fences nobody. */
export async function checkControlPlane(url: string, identity: Identity | undefined, nowMs: () => number): Promise<Finding[]> {
  const sentMs = nowMs();
  let date: string | null;
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(deadlineMs), redirect: 'manual' });
    date = response.headers.get('date');
    await response.body?.cancel();
    if (!response.ok)
      return [fail('control plane', `${url} answers ${response.status}`, 'Look at the control plane: it is up and not well.')];
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    const advice = 'Check the address, DNS, firewall and proxy between this machine and the control plane.';
    return [fail('control plane', `${url} cannot be reached: ${reason}`, advice)];
  }
  const reachable = ok('control plane', `${url} answered in ${nowMs() - sentMs} ms`);
  const found = [reachable, checkTransport(url), checkClock(date, (sentMs + nowMs()) / 2)];
  return identity === undefined ? found : [...found, await checkIdentity(url, identity, nowMs)];
}

function checkTransport(url: string): Finding {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:') return ok('transport', 'encrypted');
  if (/^(localhost|127\..*|\[::1\])$/.test(hostname)) return ok('transport', 'plain HTTP inside this machine');
  return warn('transport', 'plain HTTP', 'Tokens and config travel readable: put TLS in front of the control plane.');
}

/** The Date header counts whole seconds; half of one is taken off. */
function checkClock(date: string | null, nowMs: number): Finding {
  const theirs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs))
    return warn('clock', 'the control plane does not tell the time', 'Make sure that both machines run NTP.');
  const offset = nowMs - theirs - 500;
  const found = `${Math.abs(offset / 1000).toFixed(0)} s ${offset < 0 ? 'behind' : 'ahead of'} the control plane`;
  const advice = 'Set up NTP (for example chrony or systemd-timesyncd) on the machine that is wrong.';
  if (Math.abs(offset) > wrongMs) return fail('clock', found, advice);
  return Math.abs(offset) > uneasyMs ? warn('clock', found, advice) : ok('clock', found);
}

const noSession = Number.MAX_SAFE_INTEGER;

// The key of a session that is not there is refused to everybody, but only after the signature was looked at.
async function checkIdentity(url: string, identity: Identity, nowMs: () => number): Promise<Finding> {
  const controlPlane = new ControlPlane(url);
  const result = await controlPlane.post({
    name: 'session/renew',
    token: new NodeIdentity(identity, () => undefined, nowMs).credentialFor(controlPlane),
    body: { session_no: noSession, exchange: newPair('x25519').publicKey },
    answer: renewAnswer,
    deadlineMs,
    signal: new AbortController().signal,
  });
  await controlPlane.close();
  if (result.ok || result.failure.code === 'session_fenced') return ok('identity', 'accepted');
  const { status, code, message } = result.failure;
  if (code === 'answer_unproved' || (result.failure.kind === 'refused' && !result.failure.proved)) {
    const advice = 'Check the address; if it is right, somebody stands between it and this machine.';
    return fail('identity', 'the control plane does not prove that it is the one this node enrolled at', advice);
  }
  if (code === 'node_waiting')
    return warn('identity', 'waits until an administrator lets this node in', 'The dashboard lists it under Nodes.');
  if (status === 401 || status === 403) {
    return fail('identity', 'the control plane does not accept this node', 'It was retired there: enroll anew with --force.');
  }
  return warn('identity', `could not be checked: ${message}`, 'Try again when the control plane is well.');
}
