import type { FinalRow, Intent } from '../ledger.ts';

let nextNo = 0;

/** A row as the proxy settles it; what a test is about it says itself. */
export function newRow(own: Partial<FinalRow> = {}): FinalRow {
  nextNo += 1;
  return {
    requestId: `req_${nextNo}`,
    attempt: 1,
    startedAtMs: Date.UTC(2026, 0, 1),
    endedAtMs: Date.UTC(2026, 0, 1, 0, 0, 1),
    groupId: 'grp_a',
    keyId: 'key_a',
    userId: 'usr_a',
    service: 'claude',
    upstreamId: 'ups_a',
    dialect: 'anthropic-messages',
    operation: 'generate',
    model: 'claude-haiku-4-5',
    servedModel: null,
    stream: true,
    requestBytes: 100,
    responseBytes: 2000,
    status: 'ok',
    httpStatus: 200,
    final: true,
    usage: {
      input: 10,
      cacheRead: 20,
      cacheWrite5m: 3,
      cacheWrite1h: 4,
      output: 50,
      thinking: null,
      inputAudio: 0,
      outputAudio: 0,
      webSearchRequests: 0,
    },
    costNanoUsd: 1000,
    priced: true,
    priceVersion: null,
    estimated: false,
    firstByteMs: 12,
    durationMs: 345,
    errorType: null,
    upstreamRequestId: null,
    ...own,
  };
}

/** The intent that came before a row. */
export function intentOf(row: FinalRow): Intent {
  return { ...row, estimate: { input: 7, output: 8 }, estimateCostNanoUsd: 99 };
}
