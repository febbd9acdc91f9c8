/** One call inside a session. The counter is new for every call of a generation, begins at 1 and only grows. */
export interface CallMac {
  readonly nodeId: string;
  readonly sessionNo: number;
  /** Which of the session's keys; each is good for at most 15 minutes. */
  readonly generation: number;
  readonly counter: number;
}

export interface CalledWith {
  readonly method: string;
  /** From `/api/v1/edge-nodes/` on, with the query. */
  readonly path: string;
  readonly contentDigest: string;
}

/** What the HMAC-SHA-256 of a call is over. */
export function callText(mac: CallMac, { method, path, contentDigest }: CalledWith): string {
  const { nodeId, sessionNo, generation, counter } = mac;
  return ['aicarpool/call/v1', method.toUpperCase(), path, nodeId, sessionNo, generation, counter, contentDigest].join('\n');
}

/** The `authorization` header. `mac`: base64url. */
export function writeCallMac({ nodeId, sessionNo, generation, counter }: CallMac, mac: string): string {
  return `Carpool-MAC ${nodeId}.${sessionNo}.${generation}.${counter}.${mac}`;
}

const shape = /^Carpool-MAC (nod_[0-9a-z_]{1,60})\.(\d{1,15})\.(\d{1,15})\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/i;

export function readCallMac(header: string): (CallMac & { readonly mac: string }) | undefined {
  const [, nodeId, sessionNo, generation, counter, mac] = shape.exec(header) ?? [];
  if (nodeId === undefined || mac === undefined) return undefined;
  return { nodeId, sessionNo: Number(sessionNo), generation: Number(generation), counter: Number(counter), mac };
}

/**
 * What proves an answer, in the header `carpool-proof`: an HMAC under the key of the call (`to`: its counter), or a
 * signature of the control plane (`to`: the nonce of the request). A node believes no refusal that ends it without one.
 */
export function answerText(answer: { readonly to: string; readonly status: number; readonly bodyDigest: string }): string {
  return ['aicarpool/answer/v1', answer.to, answer.status, answer.bodyDigest].join('\n');
}

export type AnswerProof = { readonly mac: string } | { readonly key: string; readonly sig: string };

export function writeAnswerProof(proof: AnswerProof): string {
  return 'mac' in proof ? `hmac ${proof.mac}` : `ed25519 ${proof.key} ${proof.sig}`;
}

export function readAnswerProof(header: string): AnswerProof | undefined {
  const [, mac] = /^hmac ([A-Za-z0-9_-]{43})$/.exec(header) ?? [];
  if (mac !== undefined) return { mac };
  const [, key, sig] = /^ed25519 ([0-9a-f]{64}) ([A-Za-z0-9_-]{86})$/.exec(header) ?? [];
  return key === undefined || sig === undefined ? undefined : { key, sig };
}
