/** What is held against an account or an address, for a process that joins others: plain data, no secret. */
export interface HeldRest {
  readonly name: string;
  readonly kind: 'limited' | 'parked' | 'auth_failed';
  readonly untilMs: number;
  readonly reason: string;
  readonly isAnnounced: boolean;
  readonly strikes: number;
}

export interface HeldBreaker {
  readonly state: 'closed' | 'out' | 'trial';
  readonly untilMs: number;
  readonly times: number;
  readonly closedAtMs: number;
  readonly failuresInRow: number;
}

export interface HeldGroup {
  readonly groupId: string;
  readonly accounts: readonly (readonly [upstreamId: string, rests: readonly HeldRest[]])[];
  readonly endpoints: readonly (readonly [name: string, breaker: HeldBreaker])[];
  readonly services: readonly (readonly [id: string, breaker: HeldBreaker])[];
}
