import type { NodeId, UserId } from '@aicarpool/shared-protocol';
import type { Db } from './db.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { Logger } from './log/log.ts';
import type { Keyring } from './secrets/seal.ts';

export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

export const roles = ['super_admin', 'admin', 'distributor', 'group_manager', 'group_member'] as const;
export type Role = (typeof roles)[number];

/** Who acts. */
export type Actor =
  | { readonly kind: 'user'; readonly userId: UserId; readonly role: Role; readonly sessionId: string }
  | { readonly kind: 'node'; readonly nodeId: NodeId }
  | { readonly kind: 'system'; readonly name: string }
  | { readonly kind: 'anonymous' };

/** What every verb is given: who asks, when, and the things it may use. */
export interface Ctx {
  readonly db: Db;
  readonly actor: Actor;
  readonly clock: Clock;
  readonly requestId: string;
  /** Where the request comes from; null when nobody called from outside. */
  readonly address: string | null;
  readonly log: Logger;
  readonly keyring: Keyring;
  readonly jobs: Jobs;
}

/** The same context, acting as the named part of the control plane instead of the caller. */
export function asSystem(ctx: Ctx, name: string): Ctx {
  return { ...ctx, actor: { kind: 'system', name } };
}
