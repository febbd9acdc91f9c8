import { type Cidr, parseCidr } from '@aicarpool/shared-protocol';
import { z } from 'zod';

/** Every variable that this program reads, with what it is for. `env.example` says the same, and a test compares the two. */
const variables = {
  CARPOOL_DATA_DIR: z.string().min(1).optional(),
  CARPOOL_HOST: z.string().min(1).optional(),
  CARPOOL_PORT: port(),
  CARPOOL_CENTRAL_NODE_PORT: port(),
  CARPOOL_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  CARPOOL_ADMIN_EMAIL: z.email().optional(),
  CARPOOL_ADMIN_PASSWORD: z.string().min(8).max(256).optional(),
  CARPOOL_DEMO: z.enum(['true', 'false']).optional(),
  CARPOOL_ALLOW_PRIVATE_UPSTREAMS: z.string().transform(readCidrs).optional(),
  CARPOOL_MASTER_KEY: z.string().optional(),
  CARPOOL_MASTER_KEY_BEFORE: z.string().optional(),
  CARPOOL_METRICS_LISTEN: z
    .string()
    .regex(/^.+:\d{1,5}$/, 'must be host:port')
    .optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
};

/** Variables of the node, which may stand in the same environment; read by `edge-agent`. */
const edgeVariables = [
  'CARPOOL_EDGE_DATA_DIR',
  'CARPOOL_EDGE_LISTEN',
  'CARPOOL_EDGE_IDENTITY',
  'CARPOOL_EDGE_LOCATION',
  'CARPOOL_EDGE_WORKERS',
];

const variableNames = Object.keys(variables);
export const knownVariables: readonly string[] = [...variableNames, ...edgeVariables];
const schema = z.object(variables);
export type Env = z.infer<typeof schema>;

/** What is set in the environment, typed; an empty variable counts as absent. Throws for an unknown `CARPOOL_*` name. */
export function readEnv(env: Readonly<Record<string, string | undefined>> = process.env): Env {
  for (const name of Object.keys(env)) {
    if (!name.startsWith('CARPOOL_') || knownVariables.includes(name)) continue;
    throw new ConfigError(`there is no variable ${name}: did you mean ${nearest(name, knownVariables)}?`);
  }
  const given = Object.fromEntries(variableNames.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
}

/** A start that cannot work, and why. Shown without a stack. */
export class ConfigError extends Error {}

export interface Config {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly centralNodePort: number;
  /** Where browsers and nodes reach us; no slash at its end. */
  readonly publicUrl: string;
  readonly adminEmail: string;
  /** undefined: seed the demo only into an empty database. */
  readonly demo: boolean | undefined;
  /** CIDRs that upstream addresses may lie in although they are private. */
  readonly privateUpstreams: readonly Cidr[];
  /** A listener of its own for `/metrics`; undefined: the main port answers callers on this machine. */
  readonly metricsListen: { readonly host: string; readonly port: number } | undefined;
}

/** The settings with their defaults. Holds no secret, so it may be logged. */
export function toConfig(env: Env): Config {
  const host = env.CARPOOL_HOST ?? '127.0.0.1';
  const listenPort = env.CARPOOL_PORT ?? 8080;
  const metrics = env.CARPOOL_METRICS_LISTEN?.match(/^\[?(.+?)\]?:(\d+)$/);
  return Object.freeze({
    dataDir: env.CARPOOL_DATA_DIR ?? './data',
    host,
    port: listenPort,
    centralNodePort: env.CARPOOL_CENTRAL_NODE_PORT ?? 8081,
    publicUrl: (env.CARPOOL_PUBLIC_URL ?? `http://${reachable(host)}:${listenPort}`).replace(/\/+$/, ''),
    adminEmail: env.CARPOOL_ADMIN_EMAIL ?? 'admin@aicarpool.local',
    demo: env.CARPOOL_DEMO === undefined ? undefined : env.CARPOOL_DEMO === 'true',
    privateUpstreams: env.CARPOOL_ALLOW_PRIVATE_UPSTREAMS ?? [],
    metricsListen: metrics?.[1] && metrics[2] ? { host: metrics[1], port: Number(metrics[2]) } : undefined,
  });
}

export interface Secrets {
  /** undefined: the one in the data folder, made at the first start. */
  readonly masterKey: Buffer | undefined;
  /** The one before, for the start that seals everything anew. */
  readonly masterKeyBefore: Buffer | undefined;
  readonly adminPassword: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly smtpUrl: string | undefined;
}

/** The settings that must not be shown. */
export function toSecrets(env: Env): Secrets {
  return {
    masterKey: env.CARPOOL_MASTER_KEY === undefined ? undefined : readMasterKey(env.CARPOOL_MASTER_KEY),
    masterKeyBefore: env.CARPOOL_MASTER_KEY_BEFORE === undefined ? undefined : readMasterKey(env.CARPOOL_MASTER_KEY_BEFORE),
    adminPassword: env.CARPOOL_ADMIN_PASSWORD,
    databaseUrl: env.DATABASE_URL,
    smtpUrl: env.SMTP_URL,
  };
}

/** 32 bytes as 64 hex digits, base64 or base64url. */
export function readMasterKey(text: string): Buffer {
  const clean = text.trim();
  const key = /^[0-9a-fA-F]{64}$/.test(clean) ? Buffer.from(clean, 'hex') : Buffer.from(clean, 'base64url');
  if (key.byteLength === 32) return key;
  throw new ConfigError('CARPOOL_MASTER_KEY must be 32 random bytes, as hex or base64 (`openssl rand -hex 32`)');
}

function readCidrs(text: string, check: z.RefinementCtx): Cidr[] {
  return text.split(/[\s,]+/).flatMap((part) => {
    const cidr = part === '' ? undefined : parseCidr(part);
    if (part !== '' && !cidr) check.addIssue(`${part} is not a CIDR such as 10.0.0.0/8`);
    return cidr ?? [];
  });
}

function port() {
  return z.coerce.number().int().min(0).max(65_535).optional();
}

function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function nearest(name: string, known: readonly string[]): string {
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }));
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.candidate ?? '';
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitute));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
