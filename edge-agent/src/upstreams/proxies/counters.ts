import type { Socket } from 'node:net';
import type { ProxyHealth } from '@aicarpool/shared-protocol';

const membersAtMost = 10_000;
const groupsAtMost = 1_000;
/** Longer than the time between two heartbeats, so that one may be lost. */
const recentMs = 150_000;
const recentAtMost = 1_000;

interface OfGroup {
  requests: number;
  failures: number;
  readonly lastUseByMember: Map<string, number>;
}

/** What one proxy has carried since this process began, however often its settings changed meanwhile. */
export class Counters {
  readonly #wires = new Set<Socket>();
  readonly #members = new Set<string>();
  readonly #groups = new Map<string, OfGroup>();
  #requests = 0;
  #failures = 0;
  #closedBytes = 0;
  #peak = 0;
  #latencyMs: number | null = null;

  get latencyMs(): number | null {
    return this.#latencyMs;
  }

  requestBegan(groupId: string, userId: string, nowMs: number): void {
    this.#requests += 1;
    // Checks of accounts are requests of nobody.
    if (userId !== '' && this.#members.size < membersAtMost) this.#members.add(userId);
    const group = this.#groupOf(groupId);
    if (!group) return;
    group.requests += 1;
    const isKnown = group.lastUseByMember.has(userId);
    if (userId !== '' && (isKnown || group.lastUseByMember.size < membersAtMost)) group.lastUseByMember.set(userId, nowMs);
  }

  requestFailed(groupId: string): void {
    this.#failures += 1;
    const group = this.#groupOf(groupId);
    if (group) group.failures += 1;
  }

  connected(wire: Socket, tookMs: number): void {
    this.#wires.add(wire);
    this.#peak = Math.max(this.#peak, this.#wires.size);
    this.measured(tookMs);
    wire.once('close', () => {
      this.#wires.delete(wire);
      this.#closedBytes += wire.bytesRead + wire.bytesWritten;
    });
  }

  /** Smoothed like round-trip times of TCP: an eighth of each new value. */
  measured(tookMs: number): void {
    this.#latencyMs = this.#latencyMs === null ? tookMs : this.#latencyMs + (tookMs - this.#latencyMs) / 8;
  }

  health(status: ProxyHealth['status'], nowMs: number): ProxyHealth {
    return {
      requests: this.#requests,
      failures: this.#failures,
      bytes: [...this.#wires].reduce((sum, wire) => sum + wire.bytesRead + wire.bytesWritten, this.#closedBytes),
      members: this.#members.size,
      peak_connections: this.#peak,
      connections: this.#wires.size,
      latency_ms: this.#latencyMs === null ? null : Math.round(this.#latencyMs * 10) / 10,
      status,
      groups: Object.fromEntries([...this.#groups].map(([id, group]) => [id, viewOf(group, nowMs)])),
    };
  }

  #groupOf(groupId: string): OfGroup | undefined {
    const held = this.#groups.get(groupId);
    if (held || this.#groups.size >= groupsAtMost) return held;
    const made = { requests: 0, failures: 0, lastUseByMember: new Map<string, number>() };
    this.#groups.set(groupId, made);
    return made;
  }
}

function viewOf({ requests, failures, lastUseByMember }: OfGroup, nowMs: number) {
  const recent: string[] = [];
  for (const [userId, usedAtMs] of lastUseByMember) {
    if (nowMs - usedAtMs <= recentMs && recent.length < recentAtMost) recent.push(userId);
  }
  return { requests, failures, recent_members: recent };
}
