import { randomUUID } from 'node:crypto';
import type { Signal, SignalKind } from '@aicarpool/shared-protocol';

const heldAtMost = 1_000;

/** What happened, in the words of this node. */
export interface Happening {
  readonly kind: SignalKind;
  readonly atMs: number;
  readonly groupId: string;
  readonly service: string | null;
  readonly upstreamId: string | null;
  readonly reason: string;
  readonly untilMs: number | null;
}

/** News for the control plane, the same news once with a count. Bounded: what does not fit is dropped and counted. */
export class SignalQueue {
  #held = new Map<string, { happening: Happening; count: number }>();
  dropped = 0;

  add(happening: Happening): void {
    const { kind, groupId, service, upstreamId, reason } = happening;
    const name = JSON.stringify([kind, groupId, service, upstreamId, reason]);
    const before = this.#held.get(name);
    if (before) {
      before.happening = happening;
      before.count += 1;
    } else if (this.#held.size < heldAtMost) this.#held.set(name, { happening, count: 1 });
    else this.dropped += 1;
  }

  /** Takes the oldest ones out; whoever drains keeps them until they are delivered. */
  drain(atMost: number): Signal[] {
    const out: Signal[] = [];
    for (const [name, { happening, count }] of this.#held) {
      if (out.length >= atMost) break;
      this.#held.delete(name);
      out.push(toSignal(happening, count));
    }
    return out;
  }
}

function toSignal({ kind, atMs, groupId, service, upstreamId, reason, untilMs }: Happening, count: number): Signal {
  return {
    id: randomUUID(),
    kind,
    at: new Date(atMs).toISOString(),
    group_id: groupId,
    service,
    upstream_id: upstreamId,
    proxy_id: null,
    reason: reason.slice(0, 200),
    until: untilMs === null ? null : new Date(untilMs).toISOString(),
    count,
  };
}
