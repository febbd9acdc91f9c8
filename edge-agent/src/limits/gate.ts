import type { Refusal } from '@aicarpool/shared-protocol';
import type { GroupEntry, KeyEntry } from '../snapshot/snapshot.ts';
import type { Headroom } from './headroom.ts';
import type { Visitor } from './turnstile.ts';

/** Who asks, as far as limits go. */
export interface Guest {
  readonly key: Pick<KeyEntry, 'id' | 'userId' | 'rateLimit' | 'tokensPerMinute' | 'concurrency'>;
  readonly group: Pick<GroupEntry, 'id' | 'limits' | 'memberLimits'>;
}

/** `ticket`: of a promise that another process keeps; `useTokens` gives it back. */
export type Knock = { readonly ok: true; readonly ticket?: number } | { readonly ok: false; readonly refusal: Refusal };

/** Whoever is let in gives `visitor` back to `leave` once. Undefined: he hung up while he waited. */
export type Entrance =
  | { readonly ok: true; readonly visitor: Visitor }
  | { readonly ok: false; readonly refusal: Refusal }
  | undefined;

/**
 * The limits of groups, members and keys as the hot path meets them. Promises only where something is waited for: a turn,
 * or the one gate that several processes of a node share. `nowMs` is of a clock that never steps, as everywhere in limits:
 * set back by an hour, a window would stay full for so long, and a lease good.
 */
export interface Gate {
  /** Counts a request and lets it in when it is its turn. `onGone` is given a function to call when the caller hangs up. */
  enter(
    guest: Guest,
    urgent: boolean,
    nowMs: number,
    onGone: (hangUp: (() => void) | undefined) => void,
  ): Entrance | Promise<Entrance>;
  leave(visitor: Visitor): void;
  /** Promises `estimate` tokens to a request; its end is told by `useTokens`. */
  promiseTokens(guest: Guest, estimate: number, nowMs: number): Knock | Promise<Knock>;
  /** The request has ended: what it used takes the place of what it was promised. */
  useTokens(guest: Guest, promised: number, used: number, nowMs: number, ticket?: number): void;
  /** The tightest request window and the tightest token window; undefined where there is none. */
  headroom(guest: Guest, nowMs: number): Headroom;
}
