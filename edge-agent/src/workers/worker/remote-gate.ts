import type { Refusal } from '@aicarpool/shared-protocol';
import type { Entrance, Gate, Guest, Knock } from '../../limits/gate.ts';
import type { Headroom } from '../../limits/headroom.ts';
import type { Visitor } from '../../limits/turnstile.ts';
import type { GateAnswer } from '../messages.ts';
import type { PrimaryLine } from './primary-line.ts';
import type { Tickets } from './tickets.ts';

interface Ticketed extends Visitor {
  readonly close: () => void;
}

/** Longer than anybody waits for his turn. */
const enterDeadlineMs = 40_000;
const promiseDeadlineMs = 5_000;
const rememberedAtMost = 20_000;
const letIn: Knock = { ok: true };
const unlimited: Headroom = { requests: undefined, tokens: undefined };

/**
 * The one gate of the node, asked over the line: only for guests that have a limit of the kind; for all others nothing is
 * waited for. Where nobody answers nobody is let in, for a limit that does not hold is none.
 */
export class RemoteGate implements Gate {
  readonly #line: PrimaryLine;
  readonly #tickets: Tickets;
  /** By key: what the gate said last. */
  readonly #headroom = new Map<string, Headroom>();

  constructor(line: PrimaryLine, tickets: Tickets) {
    this.#line = line;
    this.#tickets = tickets;
  }

  enter(
    guest: Guest,
    urgent: boolean,
    _nowMs: number,
    onGone: (hangUp: (() => void) | undefined) => void,
  ): Entrance | Promise<Entrance> {
    if (countsRequests(guest) || countsPlaces(guest)) return this.#ask(guest, urgent, onGone);
    return { ok: true, visitor: visitorOf(guest, urgent) };
  }

  leave(visitor: Visitor): void {
    if ('close' in visitor) (visitor as Ticketed).close();
  }

  promiseTokens(guest: Guest, estimate: number): Knock | Promise<Knock> {
    return countsTokens(guest) ? this.#askTokens(guest, estimate) : letIn;
  }

  /** Without a ticket nothing was promised, for nothing was limited then. */
  useTokens(guest: Guest, _promised: number, used: number, _nowMs: number, ticket?: number): void {
    if (ticket !== undefined) this.#line.tell({ is: 'used', ticket, guest: named(guest), used });
  }

  headroom(guest: Guest): Headroom {
    if (!countsRequests(guest) && !countsTokens(guest)) return unlimited;
    return this.#headroom.get(guest.key.id) ?? unlimited;
  }

  async #ask(guest: Guest, urgent: boolean, onGone: (hangUp: (() => void) | undefined) => void): Promise<Entrance> {
    const ticket = this.#tickets.next();
    const close = this.#tickets.closer(ticket);
    onGone(close);
    const asked = this.#line.ask({ want: 'enter', ticket, guest: named(guest), urgent }, enterDeadlineMs);
    const answer = (await asked) as GateAnswer | null | undefined;
    onGone(undefined);
    // Null: he hung up while he waited.
    if (answer === null) return undefined;
    if (!answer) {
      close();
      return { ok: false, refusal: noAnswer };
    }
    this.#remember(guest, answer.headroom);
    if (answer.refusal) return { ok: false, refusal: answer.refusal };
    const visitor: Ticketed = { ...visitorOf(guest, urgent), close };
    return { ok: true, visitor };
  }

  async #askTokens(guest: Guest, estimate: number): Promise<Knock> {
    const ticket = this.#tickets.next();
    const asked = this.#line.ask({ want: 'promise', ticket, guest: named(guest), estimate }, promiseDeadlineMs);
    const answer = (await asked) as GateAnswer | undefined;
    if (!answer) {
      // It may be promised later: nobody would use it.
      this.#tickets.closer(ticket)();
      return { ok: false, refusal: noAnswer };
    }
    this.#remember(guest, answer.headroom);
    return answer.refusal ? { ok: false, refusal: answer.refusal } : { ok: true, ticket };
  }

  #remember({ key }: Guest, headroom: Headroom): void {
    if (this.#headroom.size >= rememberedAtMost) this.#headroom.clear();
    this.#headroom.set(key.id, headroom);
  }
}

const noAnswer: Refusal = {
  code: 'node_busy',
  message: 'this node could not tell in time whether a limit is reached; try again',
  retryAfterSeconds: 1,
};

function countsRequests({ key, group }: Guest): boolean {
  return key.rateLimit !== null || group.memberLimits.requests !== null || group.limits.requests !== null;
}

function countsTokens({ key, group }: Guest): boolean {
  return key.tokensPerMinute !== null || group.memberLimits.tokensPerMinute !== null || group.limits.tokensPerMinute !== null;
}

function countsPlaces({ key, group }: Guest): boolean {
  return key.concurrency !== null || group.memberLimits.concurrency !== null || group.limits.concurrency !== null;
}

/** As much of a guest as the gate needs. */
function named({ key, group }: Guest): Guest {
  const { id, userId, rateLimit, tokensPerMinute, concurrency } = key;
  return {
    key: { id, userId, rateLimit, tokensPerMinute, concurrency },
    group: { id: group.id, limits: group.limits, memberLimits: group.memberLimits },
  };
}

function visitorOf({ key, group }: Guest, urgent: boolean): Visitor {
  const { limits, memberLimits } = group;
  return {
    groupId: group.id,
    userId: key.userId,
    keyId: key.id,
    groupMost: limits.concurrency,
    userMost: memberLimits.concurrency,
    keyMost: key.concurrency,
    urgent,
  };
}
