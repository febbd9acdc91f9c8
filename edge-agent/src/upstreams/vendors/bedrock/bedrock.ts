import { findHeader, withoutHeaders } from '../header-list.ts';
import type { Vendor, VendorRequest } from '../vendor.ts';
import { readAwsCredential } from './aws-credential.ts';
import { signRequest } from './sign-request.ts';
import { unwrapEventStream } from './unwrap-event-stream.ts';

/**
 * Anthropic models on AWS Bedrock: InvokeModel names the model in the path, wants the API version in the body, is
 * signed with SigV4, and streams as AWS event stream. The base URL is `https://bedrock-runtime.<region>.amazonaws.com`;
 * the credential is `{"access_key_id", "secret_access_key", "session_token"?}` as JSON text, or a Bedrock API key.
 * Source: docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
 */
export const bedrock: Vendor = {
  async adaptRequest(request: VendorRequest): Promise<VendorRequest> {
    const betas = findHeader(request.headers, 'anthropic-beta');
    const verb = request.stream ? 'invoke-with-response-stream' : 'invoke';
    const adapted = {
      ...request,
      path: `${basePathOf(request.path)}/model/${encodeURIComponent(request.model)}/${verb}`,
      headers: withoutHeaders(request.headers, ['anthropic-version', 'anthropic-beta', 'x-api-key', 'authorization']),
      body: bodyFor(request.body, betas),
    };
    const credential = readAwsCredential(request.secret);
    if (!credential) return { ...adapted, headers: [...adapted.headers, 'authorization', `Bearer ${request.secret}`] };
    return await signRequest(adapted, credential);
  },
  adaptAnswer: (stream) => (stream ? unwrapEventStream() : undefined),
};

/** What the account's base URL put in front. */
function basePathOf(path: string): string {
  const at = path.lastIndexOf('/v1/messages');
  return at < 0 ? '' : path.slice(0, at);
}

/** Bedrock takes the model from the path and refuses fields that it does not know. */
function bodyFor(body: Buffer, betas: string | undefined): Buffer {
  let request: unknown;
  try {
    request = JSON.parse(body.toString('utf8'));
  } catch {
    return body;
  }
  if (typeof request !== 'object' || request === null) return body;
  const { model: _model, stream: _stream, ...rest } = request as Record<string, unknown>;
  const beta = betas === undefined ? {} : { anthropic_beta: betas.split(',').map((name) => name.trim()) };
  return Buffer.from(JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', ...beta, ...rest }));
}
