import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalJson, type Json, PROTOCOL_VERSION } from '../src/index.ts';
import { messages } from './messages.ts';

/** Hash of all edge schemas, by protocol version. Lines are added, never changed. */
const pinned: Readonly<Record<number, string>> = {
  1: '13b5db9fa9ab2859',
};

const whatToDo = `
The messages between control plane and node changed, but PROTOCOL_VERSION did not.
If every node out there reads the new shape (a member was added that may be absent) or not one node is out there yet,
pin the new hash for version ${PROTOCOL_VERSION} here. Otherwise:
  1. add one dated line and the next number to src/version.ts
  2. add the fixtures <message>.v<number>.json; never edit the old ones
  3. keep reading the old shape until MIN_EDGE_VERSION passes it
  4. pin the new hash under the new number here`;

function hashOfSchemas(): string {
  const shapes = Object.fromEntries(Object.entries(messages).map(([name, schema]) => [name, z.toJSONSchema(schema)]));
  const json: Json = JSON.parse(JSON.stringify(shapes, (key, value) => (key === 'description' ? undefined : value)));
  return createHash('sha256').update(canonicalJson(json)).digest('hex').slice(0, 16);
}

it('pins the shape of every message to the protocol version', () => {
  expect(hashOfSchemas(), whatToDo).toBe(pinned[PROTOCOL_VERSION]);
});

it('has a dated line for every version', () => {
  const text = readFileSync(new URL('../src/version.ts', import.meta.url), 'utf8');
  for (let version = 1; version <= PROTOCOL_VERSION; version += 1) {
    expect(text).toMatch(new RegExp(`^ \\* \\d{4}-\\d{2}-\\d{2} {2}${version} {2}\\S`, 'm'));
  }
});

it('knows every file of messages under src/edge', () => {
  const covered = [
    'config/group',
    'config/key',
    'config/proxy',
    'config/quota',
    'config/quotas-for',
    'config/resource',
    'config/service',
    'config/upstream',
    'config/usage-limits',
    'events',
    'heartbeat',
    'identity',
    'probe',
    'register',
    'session',
    'settle',
    'signals',
    'stats-query',
    'sync',
  ];
  const files = readdirSync(new URL('../src/edge/', import.meta.url), { recursive: true, encoding: 'utf8' });
  expect(files.filter((file) => file.endsWith('.ts') && !file.includes('.test.')).sort()).toEqual(
    covered.map((name) => `${name}.ts`).sort(),
  );
});
