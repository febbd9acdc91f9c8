import { z } from 'zod';
import { sealedSecret } from './upstream.ts';

/** Group scope, kind `proxy`: a way out of the node. One proxy that several groups use is told to each of them. */
export const proxyResource = z.object({
  id: z.string(),
  group_id: z.string(),
  type: z
    .enum(['socks5', 'socks5h', 'http', 'https'])
    .describe('socks5: names are resolved on the node; socks5h and http(s): at the proxy; https: TLS to the proxy itself'),
  host: z.string().min(1).max(255).describe('name or address of the proxy; the address rules of upstreams hold for it'),
  port: z.int().min(1).max(65_535),
  username: z.string().max(200).nullable(),
  password: sealedSecret.nullable().describe('sealed like a credential: additional data `<proxy id>|<group id>`'),
  max_concurrent: z.int().positive().max(100_000),
  location: z
    .object({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) })
    .nullable()
    .describe('of its exit address; null: not known'),
  status: z.enum(['active', 'disabled']),
});
export type ProxyResource = z.infer<typeof proxyResource>;
