import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Ctx } from '../../kernel/context.ts';

const validMs = 300_000;

/** A random number that every replica knows again as ours for five minutes, without a place where it is kept. */
export function newChallenge(ctx: Pick<Ctx, 'keyring' | 'clock'>): string {
  const body = `${ctx.clock.now().getTime() + validMs}.${randomBytes(18).toString('base64url')}`;
  return `${body}.${macOf(ctx, body).toString('base64url')}`;
}

/** Did this control plane make the challenge, less than five minutes ago? */
export function isOurChallenge(ctx: Pick<Ctx, 'keyring' | 'clock'>, challenge: string): boolean {
  const [untilMs, random, mac] = challenge.split('.');
  if (untilMs === undefined || random === undefined || mac === undefined) return false;
  const given = Buffer.from(mac, 'base64url');
  const expected = macOf(ctx, `${untilMs}.${random}`);
  return (
    given.byteLength === expected.byteLength && timingSafeEqual(given, expected) && Number(untilMs) > ctx.clock.now().getTime()
  );
}

function macOf({ keyring }: Pick<Ctx, 'keyring'>, body: string): Buffer {
  return createHmac('sha256', keyring.derive('registration challenge')).update(body).digest();
}
