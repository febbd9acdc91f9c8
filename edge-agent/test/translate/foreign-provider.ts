import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Dialect } from '@aicarpool/shared-protocol';
import { type FakeUpstream, fakeUpstream } from '../fake-upstream/fake-upstream.ts';
import { startNode, type TestNode } from '../start-node.ts';

/** What the provider says next. */
export interface Saying {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Names where its bytes are cut. */
  readonly seed: string;
  readonly gzip: boolean;
  /** The connection is broken instead of ended. */
  readonly breaks?: boolean;
}

/** A node before one provider that speaks `dialect` alone, and says what it is told. */
export interface ForeignProvider {
  readonly node: TestNode;
  readonly upstream: FakeUpstream;
  say(saying: Saying): void;
  close(): Promise<void>;
}

export async function foreignProvider(dialect: Dialect): Promise<ForeignProvider> {
  let next: Saying | undefined;
  const upstream = await fakeUpstream(async (_seen, response) => {
    if (!next) throw new Error('nothing to say');
    const isPacked = next.gzip && !next.headers['content-encoding'];
    response.writeHead(next.status, { ...next.headers, ...(isPacked ? { 'content-encoding': 'gzip' } : {}) });
    for (const piece of randomPieces(isPacked ? gzipSync(next.body) : next.body, next.seed)) {
      response.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (next.breaks) response.destroy();
    else response.end();
  });
  const service = { pathPrefix: new Map([[dialect, '']]) };
  const node = await startNode({ baseUrls: [upstream.url], service, group: { failoverEnabled: false } });
  return {
    node,
    upstream,
    say: (saying) => {
      next = saying;
      node.rows.length = 0;
      upstream.seen.length = 0;
      node.agent.health.forget(() => undefined);
    },
    close: async () => {
      await node.close();
      await upstream.close();
    },
  };
}

/** Up to 40 cuts at places that look random and are the same for the same seed. */
export function randomPieces(body: Buffer, seed: string): Buffer[] {
  const dice = createHash('sha512').update(seed).digest();
  const places = Array.from({ length: 31 }, (_, at) => dice.readUInt32BE(at * 2) % (body.length + 1));
  const ends = [...new Set([...places.slice(0, (dice[63] ?? 0) % 32), body.length])].sort((a, b) => a - b);
  return ends.map((end, at) => body.subarray(at === 0 ? 0 : ends[at - 1], end)).filter((piece) => piece.length > 0);
}
