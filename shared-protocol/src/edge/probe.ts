import { z } from 'zod';

/** Headers by which a proxy gives away that it is one, or who is behind it: what the echo tells and a node looks for. */
export const forwardingHeaders: readonly string[] = [
  'via',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'x-client-ip',
  'client-ip',
  'true-client-ip',
  'x-proxy-id',
  'x-bluecoat-via',
  'proxy-connection',
];

/** A call that the control plane asks one node to try, sent as a `probe` event. Nothing of it reaches a caller. */
export const probe = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('account').describe('one small completion, as a request of the group would leave; it costs what it costs'),
    probe_id: z.string().max(64),
    group_id: z.string(),
    service: z.string().max(50),
    upstream_id: z.string().nullable().describe('null: the account that a request would get'),
    model: z.string().max(200).nullable().describe('null: the cheapest one that the service lists'),
    message: z.string().max(2_000),
    deadline_ms: z.int().positive().max(60_000),
  }),
  z.object({
    kind: z.literal('proxy').describe('connects through a proxy and asks what the far end saw'),
    probe_id: z.string().max(64),
    group_id: z.string(),
    proxy_id: z.string(),
    echo_url: z.string().max(500).describe('answers JSON `{"address", "headers"}` about its own caller'),
    deadline_ms: z.int().positive().max(60_000),
  }),
]);
export type Probe = z.infer<typeof probe>;

const failure = z.object({
  ok: z.literal(false),
  code: z.string().max(64).describe('a refusal code, or what went wrong on the way'),
  message: z.string().max(500),
  http_status: z.int().nullable(),
  response_time_ms: z.int().nonnegative().nullable(),
});

/** `POST /api/v1/edge-nodes/probe-answers`. */
export const probeAnswer = z.object({
  session_no: z.int().positive(),
  probe_id: z.string().max(64),
  result: z.discriminatedUnion('ok', [
    z.object({
      ok: z.literal(true),
      upstream_id: z.string().nullable(),
      response_time_ms: z.int().nonnegative(),
      text: z.string().max(4_000).nullable(),
      model: z.string().max(200).nullable(),
      input_tokens: z.int().nonnegative().nullable(),
      output_tokens: z.int().nonnegative().nullable(),
      exit_address: z.string().max(64).nullable().describe('proxy: the address that the far end saw'),
      forwarding_headers: z.array(z.string().max(100)).max(50).nullable().describe('proxy: headers that it added, such as `via`'),
    }),
    failure,
  ]),
});
export type ProbeAnswer = z.infer<typeof probeAnswer>;
