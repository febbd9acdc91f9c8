import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resourceSchemas, upsert } from '../src/index.ts';
import { MIN_EDGE_VERSION } from '../src/version.ts';
import { messageOfFixture, messages } from './messages.ts';

const folder = new URL('../fixtures/', import.meta.url);
const files = readdirSync(folder);

describe('golden fixtures', () => {
  it.each(files)('%s still parses, and all that it says is kept', (file) => {
    const message = messageOfFixture(file);
    if (!message) throw new Error(`${file} is named after no message; the names are in test/messages.ts`);
    if (message.version < MIN_EDGE_VERSION) return;
    const example: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    expect(messages[message.name]?.parse(example)).toMatchObject(example as object);
  });

  it('has one for every message', () => {
    const shown = new Set(files.map((file) => messageOfFixture(file)?.name));
    expect(Object.keys(messages).filter((name) => !shown.has(name))).toEqual([]);
  });

  it('has bodies that their resource schemas accept inside upserts', () => {
    const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')).scopes;
    const upserts = [...read('sync-answer-proxy.v1.json'), ...read('sync-answer-quota.v1.json')]
      .flatMap((change: { upsert: unknown[] }) => change.upsert)
      .map((one: unknown) => upsert.parse(one));
    expect(new Set(upserts.map(({ kind }: { kind: string }) => kind))).toEqual(new Set(Object.keys(resourceSchemas)));
    for (const { kind, body } of upserts) resourceSchemas[kind as keyof typeof resourceSchemas].parse(body);
  });
});
