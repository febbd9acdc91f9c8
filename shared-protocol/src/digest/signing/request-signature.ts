/**
 * How a node signs a request with its identity key: RFC 9421 with exactly these components in this order,
 * `"@method" "@path" "content-digest"`, and the parameters created, nonce, keyid, alg and tag. `@path` begins with
 * `/api/v1/edge-nodes/`, whatever a proxy puts in front of it. Answers are proved by `answerText`.
 */
export interface RequestSignature {
  readonly method: string;
  readonly path: string;
  /** The header of that name, as it is: RFC 9530, `sha-256=:…:`. */
  readonly contentDigest: string;
  /** Seconds since 1970, by the clock of the control plane as the node knows it. */
  readonly createdS: number;
  /** 128 random bits or more, base64url. */
  readonly nonce: string;
  /** SHA-256 of the public key (SPKI, DER), 64 hex digits. */
  readonly keyId: string;
}

/** A signature may be this much older or newer than the clock of the control plane, which keeps its nonce for twice as long. */
export const maxSkewS = 300;

const components = '("@method" "@path" "content-digest")';
const label = 'carpool';
const tag = 'aicarpool';

/** What the signature is over (RFC 9421 §2.5). */
export function requestSignatureBase(signature: RequestSignature): string {
  const { method, path, contentDigest } = signature;
  return [
    `"@method": ${method.toUpperCase()}`,
    `"@path": ${path}`,
    `"content-digest": ${contentDigest}`,
    `"@signature-params": ${parameters(signature)}`,
  ].join('\n');
}

/** The headers of a signed request. `signature`: Ed25519 over the base, standard base64. */
export function requestSignatureHeaders(request: RequestSignature, signature: string): Record<string, string> {
  return {
    'content-digest': request.contentDigest,
    'signature-input': `${label}=${parameters(request)}`,
    signature: `${label}=:${signature}:`,
  };
}

const input =
  /^carpool=\("@method" "@path" "content-digest"\);created=(\d{1,12});nonce="([A-Za-z0-9_-]{22,86})";keyid="([0-9a-f]{64})";alg="ed25519";tag="aicarpool"$/;

/** Reads the two headers back; undefined when they are not of this profile. */
export function readRequestSignature(
  signatureInput: string,
  signature: string,
): (Pick<RequestSignature, 'createdS' | 'nonce' | 'keyId'> & { readonly signature: string }) | undefined {
  const [, created, nonce, keyId] = input.exec(signatureInput) ?? [];
  const [, bytes] = /^carpool=:([A-Za-z0-9+/]{86}==):$/.exec(signature) ?? [];
  if (nonce === undefined || keyId === undefined || bytes === undefined) return undefined;
  return { createdS: Number(created), nonce, keyId, signature: bytes };
}

function parameters({ createdS, nonce, keyId }: RequestSignature): string {
  return `${components};created=${createdS};nonce="${nonce}";keyid="${keyId}";alg="ed25519";tag="${tag}"`;
}
