import { withoutHeaders } from '../header-list.ts';
import type { Vendor, VendorRequest } from '../vendor.ts';
import { readServiceAccount } from './service-account.ts';
import { signToken } from './sign-token.ts';

/**
 * Gemini and Anthropic models on Google Vertex AI. The base URL names project and place:
 * `https://<place>-aiplatform.googleapis.com/v1/projects/<project>/locations/<place>`; publisher, model and verb follow.
 * The credential is a service account's JSON key (this node signs its tokens), an access token, or an API key.
 * Sources: docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference and …/partner-models/claude
 */
export const vertex: Vendor = {
  async adaptRequest(request: VendorRequest): Promise<VendorRequest> {
    const account = readServiceAccount(request.secret);
    const asked = request.dialect === 'gemini' ? geminiRequest(request) : anthropicRequest(request);
    if (!account) return { ...request, ...asked };
    const token = await signToken(account, request.nowMs);
    const headers = withoutHeaders(request.headers, ['authorization', 'x-goog-api-key', 'x-api-key']);
    return { ...request, ...asked, headers: [...headers, 'authorization', `Bearer ${token}`] };
  },
};

type Changed = Pick<VendorRequest, 'path' | 'body'>;

/** `…/v1beta/models/x:verb?alt=sse` → `…/publishers/google/models/x:verb?alt=sse` */
function geminiRequest({ path, body }: VendorRequest): Changed {
  for (const native of ['/v1beta/models/', '/v1/models/']) {
    const at = path.lastIndexOf(native);
    if (at >= 0) return { path: `${path.slice(0, at)}/publishers/google/models/${path.slice(at + native.length)}`, body };
  }
  return { path, body };
}

function anthropicRequest(request: VendorRequest): Changed {
  const { path, body, stream, model } = request;
  const at = path.lastIndexOf('/v1/messages');
  const base = `${path.slice(0, Math.max(0, at))}/publishers/anthropic/models`;
  if (path.startsWith('/v1/messages/count_tokens', at))
    return { path: `${base}/count-tokens:rawPredict`, body: versioned(body, true) };
  return { path: `${base}/${model}:${stream ? 'streamRawPredict' : 'rawPredict'}`, body: versioned(body, false) };
}

/** Vertex wants the API version in the body, and the model nowhere but in the path (counting apart). */
function versioned(body: Buffer, keepsModel: boolean): Buffer {
  let request: unknown;
  try {
    request = JSON.parse(body.toString('utf8'));
  } catch {
    return body;
  }
  if (typeof request !== 'object' || request === null) return body;
  const { model, ...rest } = request as Record<string, unknown>;
  return Buffer.from(JSON.stringify({ anthropic_version: 'vertex-2023-10-16', ...(keepsModel ? { model } : {}), ...rest }));
}
