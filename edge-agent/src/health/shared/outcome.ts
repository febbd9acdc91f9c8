import type { Verdict } from '../verdict/judge.ts';

/** What one request or look showed of an account, so that other processes of this node learn it as well. */
export interface Outcome {
  readonly groupId: string;
  readonly upstreamId: string;
  readonly model: string;
  readonly atMs: number;
  /** So many requests in a row showed the same. */
  readonly times: number;
  readonly shown:
    | { readonly is: 'began'; readonly tookMs: number }
    | { readonly is: 'ended'; readonly verdict: Verdict; readonly hasBegun: boolean }
    | { readonly is: 'looked'; readonly verdict: Verdict; readonly tookMs: number };
}

/** Told of everything that changes what is known of an account. */
export type OnOutcome = (outcome: Outcome) => void;
