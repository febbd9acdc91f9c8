import { createHash } from 'node:crypto';
import type { CallFailure } from '../call-control-plane.ts';

export interface Outgoing {
  readonly method: 'GET' | 'POST';
  /** From `/api/v1/edge-nodes/` on, with the query. */
  readonly path: string;
  readonly body: string;
}

export interface Answered {
  readonly status: number;
  /** Header `carpool-proof`. */
  readonly proof: string | null;
  readonly body: Uint8Array;
}

export type Authorized =
  | {
      readonly ok: true;
      readonly headers: Readonly<Record<string, string>>;
      /** Did the control plane say this, in answer to this very call? */
      readonly proves: (answer: Answered) => boolean;
    }
  | { readonly ok: false; readonly failure: CallFailure };

/** What a node shows that a call is its own, and how it knows that an answer is the control plane's. */
export interface Credential {
  authorize(call: Outgoing, signal: AbortSignal): Promise<Authorized>;
  /** After a refusal: true when something was put right and the call is worth one more try. */
  recover(failure: CallFailure, signal: AbortSignal): Promise<boolean>;
}

export function contentDigestOf(body: Uint8Array | string): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}
