import type { Reply } from '../exchange.ts';
import { decodeBody } from '../relay/decode-body.ts';

const shortest = 8;

/**
 * Some providers repeat the key that they refuse. It is the group's and not the caller's, so it is taken out; what does
 * not hold it stays as it came.
 */
export function hideSecret(reply: Reply, secret: string | undefined): Reply {
  if (secret === undefined || secret.length < shortest) return reply;
  const { 'content-encoding': encoding, ...headers } = reply.headers;
  const said = decodeBody(reply.body, encoding);
  const written = JSON.stringify(secret).slice(1, -1);
  if (!said.includes(secret) && !said.includes(written)) return reply;
  const body = said.toString('utf8').replaceAll(secret, '[credential]').replaceAll(written, '[credential]');
  return { ...reply, headers, body: Buffer.from(body) };
}
