import { type Cidr, parseCidr } from '@aicarpool/shared-protocol';

/** Variables that the edge agent reads. Arguments win over them. */
const known = {
  CARPOOL_EDGE_DATA_DIR: 'folder of this node',
  CARPOOL_EDGE_LISTEN: 'host:port that AI clients reach',
  CARPOOL_EDGE_IDENTITY: 'the identity of this node, as enroll --print-identity shows it, instead of identity.json',
  CARPOOL_ALLOW_PRIVATE_UPSTREAMS: 'CIDRs, separated by commas, that upstream accounts may lie in besides the public internet',
  CARPOOL_METRICS_LISTEN: 'host:port that serves /metrics',
  CARPOOL_EDGE_WORKERS: 'how many processes serve, or auto',
  CARPOOL_EDGE_LOCATION: 'latitude,longitude of this node, for the nearest outbound proxy before anything is measured',
} as const;

/** Variables of the control plane. They may be set beside ours and mean nothing here. */
const ofControlPlane = [
  'CARPOOL_ADMIN_EMAIL',
  'CARPOOL_ADMIN_PASSWORD',
  'CARPOOL_CENTRAL_NODE_PORT',
  'CARPOOL_DATA_DIR',
  'CARPOOL_DEMO',
  'CARPOOL_HOST',
  'CARPOOL_MASTER_KEY',
  'CARPOOL_MASTER_KEY_BEFORE',
  'CARPOOL_PORT',
  'CARPOOL_PUBLIC_URL',
];

export interface Config {
  readonly dataDir: string | undefined;
  readonly listen: Address | undefined;
  /** A secret: private keys are in it. */
  readonly identity: string | undefined;
  readonly allowedUpstreams: readonly Cidr[];
  readonly metricsListen: Address | undefined;
  readonly location: Location | undefined;
  readonly workers: number | 'auto' | undefined;
}

/** In degrees. */
export interface Location {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What the environment asks for. Throws a ConfigError with one clear sentence about the first thing that is wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  for (const name of Object.keys(env)) {
    if (name.startsWith('CARPOOL_') && !(name in known) && !ofControlPlane.includes(name)) throw unknownVariable(name);
  }
  const text = (name: keyof typeof known) => (env[name]?.trim() ? env[name].trim() : undefined);
  const address = (name: keyof typeof known) => {
    const value = text(name);
    return value === undefined ? undefined : parseAddress(value, name);
  };
  return Object.freeze({
    dataDir: text('CARPOOL_EDGE_DATA_DIR'),
    listen: address('CARPOOL_EDGE_LISTEN'),
    identity: text('CARPOOL_EDGE_IDENTITY'),
    allowedUpstreams: parseBlocks(text('CARPOOL_ALLOW_PRIVATE_UPSTREAMS') ?? ''),
    metricsListen: address('CARPOOL_METRICS_LISTEN'),
    location: parseLocation(text('CARPOOL_EDGE_LOCATION')),
    workers: parseWorkers(text('CARPOOL_EDGE_WORKERS'), 'CARPOOL_EDGE_WORKERS'),
  });
}

/** The environment or an argument says something that cannot be meant. */
export class ConfigError extends Error {}

function parseLocation(text: string | undefined): Location | undefined {
  if (text === undefined) return undefined;
  const [latitude = Number.NaN, longitude = Number.NaN, ...rest] = text
    .split(',')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (rest.length === 0 && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) return { latitude, longitude };
  throw new ConfigError(`CARPOOL_EDGE_LOCATION must be latitude,longitude in degrees, like 35.7,139.7, not "${text}"`);
}

/** Each worker keeps books of its own; more than this are no use on one machine. */
const workersAtMost = 16;

/** `source` is named in the error. */
export function parseWorkers(text: string | undefined, source: string): number | 'auto' | undefined {
  if (text === undefined || text === 'auto') return text;
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= workersAtMost) return workers;
  throw new ConfigError(`${source} must be a number from 1 to ${workersAtMost}, or auto, not "${text}".`);
}

/** Reads `host:port`, `[v6]:port` or `:port`. `source` is named in the error. */
export function parseAddress(text: string, source: string): Address {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text.trim());
  const port = Number(parts?.[3]);
  if (!parts || port > 65_535) throw new ConfigError(`${source} must be host:port, for example 127.0.0.1:8082; it is "${text}".`);
  return { host: parts[1] ?? (parts[2] || '127.0.0.1'), port };
}

function parseBlocks(text: string): Cidr[] {
  const blocks: Cidr[] = [];
  for (const part of text.split(/[\s,]+/).filter((piece) => piece !== '')) {
    const block = parseCidr(part);
    if (!block) throw new ConfigError(`CARPOOL_ALLOW_PRIVATE_UPSTREAMS: "${part}" is no address block such as 10.0.0.0/8.`);
    blocks.push(block);
  }
  return blocks;
}

function unknownVariable(name: string): ConfigError {
  const names = [...Object.keys(known), ...ofControlPlane];
  const [nearest] = names.map((other) => ({ other, distance: distance(name, other) })).sort((a, b) => a.distance - b.distance);
  const hint = nearest && nearest.distance <= 6 ? ` Did you mean ${nearest.other}?` : '';
  return new ConfigError(`The environment variable ${name} is not known.${hint} Unset it or correct its name.`);
}

/** Edits (insert, delete, replace) from one text to another. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
