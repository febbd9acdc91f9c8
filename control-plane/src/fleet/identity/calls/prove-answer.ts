import { answerText, writeAnswerProof } from '@aicarpool/shared-protocol';
import { replyError } from '../../../kernel/http/request-context.ts';
import type { CallContext } from './call-context.ts';
import { contentDigestOf } from './request-parts.ts';

/** Proves the text of an answer: with the key of the call, or with the signing key of the control plane. */
export type Prover = {
  readonly to: string;
  prove(text: string): Promise<{ readonly mac: string } | { readonly key: string; readonly sig: string }>;
};

/**
 * Runs a handler and proves what it answers, refusals too: a node believes none that ends it without proof. Streams go
 * without one. `proverOf` is asked afterwards: only when the call was authenticated is there a key to prove with.
 */
export async function withProof(c: CallContext, handle: () => Promise<void>, proverOf: () => Prover | undefined): Promise<void> {
  try {
    await handle();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    c.res = replyError(error, c);
  }
  const prover = proverOf();
  if (!prover || c.res.headers.get('content-type')?.startsWith('text/event-stream')) return;
  const { status, headers } = c.res;
  const body = await c.res.arrayBuffer();
  const bodyDigest = contentDigestOf(new Uint8Array(body));
  const proof = await prover.prove(answerText({ to: prover.to, status, bodyDigest }));
  headers.set('carpool-proof', writeAnswerProof(proof));
  // Otherwise it takes over the headers of the one before, one by one.
  c.res = undefined;
  c.res = new Response(body.byteLength > 0 ? body : null, { status, headers });
}
