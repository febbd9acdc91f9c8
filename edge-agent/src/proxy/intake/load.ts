import { type Listed, Roster } from './roster.ts';

/** Something that works for a caller and can be told to stop. */
export interface Running extends Listed {
  readonly startedMonotonicMs: number;
  cut(reason: 'draining' | 'deadline'): void;
  /** Once a second. */
  look(): void;
}

/** What the node is busy with at this moment. */
export class Load {
  /** Answers that are being written, or are not all in the caller's hands yet. */
  answers = 0;
  /** Requests between admission and their end. */
  requests = 0;
  /** Bytes of request bodies in memory. */
  bufferedBytes = 0;
  /** Upstreams that are read on after their caller hung up. */
  drains = 0;
  draining = false;
  /** The time that was left is over: what begins now ends at once. */
  isCutting = false;
  readonly running = new Roster<Running>();
  /** Bodies that are still arriving. */
  readonly reading = new Roster<Listed & { look(): void }>();

  lookAtBodies(): void {
    for (const body of this.reading) body.look();
  }

  lookAtAnswers(): void {
    for (const work of this.running) work.look();
  }

  cutAll(): void {
    this.isCutting = true;
    for (const work of this.running) work.cut('draining');
  }

  /** Ends what runs since before `beforeMs` of the monotonic clock. */
  cutOlderThan(beforeMs: number): void {
    for (const work of this.running) if (work.startedMonotonicMs < beforeMs) work.cut('deadline');
  }
}
