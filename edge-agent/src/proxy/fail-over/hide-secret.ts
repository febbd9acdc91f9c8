import type { Reply } from '../exchange.ts';
import { decodeBody } from '../relay/decode-body.ts';

const shortest = 8;
const hidden = '[credential]';

/**
 * Some providers repeat the key that they refuse. It is the group's and not the caller's, so it is taken out; what does
 * not hold it stays as it came.
 */
export function hideSecret(reply: Reply, secret: string | undefined): Reply {
  if (secret === undefined || secret.length < shortest) return reply;
  const { 'content-encoding': encoding, ...headers } = reply.headers;
  const said = decodeBody(reply.body, encoding);
  if (!said.includes(secret) && !said.includes(inJson(secret))) return reply;
  return { ...reply, headers, body: Buffer.from(withoutSecret(said.toString('utf8'), secret)) };
}

/** Takes a secret out of a text, as it is and as JSON writes it. */
export function withoutSecret(text: string, secret: string): string {
  return text.replaceAll(secret, hidden).replaceAll(inJson(secret), hidden);
}

function inJson(secret: string): string {
  return JSON.stringify(secret).slice(1, -1);
}
