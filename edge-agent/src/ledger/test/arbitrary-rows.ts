import fc from 'fast-check';
import type { FinalRow } from '../ledger.ts';
import { newRow } from './rows.ts';

const dayMs = 86_400_000;
export const nowMs = Date.UTC(2026, 5, 15, 10, 30);

const tokens = fc.integer({ min: 0, max: 100_000 });

/** Rows that ended within the last `days` days, more of them in the last hours. */
export function arbitraryRow(days: number): fc.Arbitrary<FinalRow> {
  return fc
    .record({
      endedAtMs: fc.oneof(
        fc.integer({ min: nowMs - days * dayMs, max: nowMs }),
        fc.integer({ min: nowMs - 3 * 3_600_000, max: nowMs }),
        fc.integer({ min: 0, max: days * 24 }).map((hours) => Math.floor(nowMs / 3_600_000 - hours) * 3_600_000),
      ),
      groupId: fc.constantFrom('grp_a', 'grp_b'),
      keyId: fc.constantFrom('key_a', 'key_b', 'key_c'),
      userId: fc.constantFrom('usr_a', 'usr_b'),
      service: fc.constantFrom('claude', 'gemini'),
      model: fc.constantFrom('m1', 'm2'),
      status: fc.constantFrom('ok', 'upstream_error', 'client_gone', 'stream_broken', 'timeout', 'refused', 'lost'),
      httpStatus: fc.constantFrom(null, 200, 401, 403, 408, 429, 500, 504, 529),
      final: fc.boolean(),
      priced: fc.boolean(),
      estimated: fc.boolean(),
      costNanoUsd: fc.integer({ min: 0, max: 10 ** 12 }),
      durationMs: fc.integer({ min: 0, max: 600_000 }),
      usage: fc.record({
        input: tokens,
        cacheRead: tokens,
        cacheWrite5m: tokens,
        cacheWrite1h: tokens,
        output: tokens,
        thinking: fc.option(tokens),
        inputAudio: tokens,
        outputAudio: tokens,
        webSearchRequests: tokens,
      }),
    } satisfies { [K in keyof FinalRow]?: fc.Arbitrary<FinalRow[K]> })
    .map((own) => newRow(own));
}
