import { bucketOf } from '@aicarpool/shared-protocol';
import type { Charge, FinalRow, Intent } from '../ledger.ts';
import type { RowValues } from '../store/columns.ts';
import { outcomeOf } from './outcome.ts';

/** A final row as the JSON array that is stored, hashed and sent to the writer. Throws RangeError on a broken count. */
export function encodeRow(intentNo: number, row: FinalRow): string {
  const { usage } = row;
  const durationMs = whole('durationMs', row.durationMs);
  const timed = row.final && row.status !== 'lost';
  const values: RowValues = [
    intentNo,
    text(row.requestId),
    count('attempt', row.attempt),
    whole('startedAtMs', row.startedAtMs),
    whole('endedAtMs', row.endedAtMs),
    text(row.groupId),
    text(row.keyId),
    text(row.userId),
    text(row.service),
    text(row.upstreamId),
    row.dialect,
    text(row.operation),
    text(row.model),
    textOrNull(row.servedModel),
    Number(row.stream),
    count('requestBytes', row.requestBytes),
    count('responseBytes', row.responseBytes),
    row.status,
    row.httpStatus === null ? null : count('httpStatus', row.httpStatus),
    outcomeOf(row),
    Number(row.final),
    count('input', usage.input),
    count('cacheRead', usage.cacheRead),
    count('cacheWrite5m', usage.cacheWrite5m),
    count('cacheWrite1h', usage.cacheWrite1h),
    count('output', usage.output),
    usage.thinking === null ? null : count('thinking', usage.thinking),
    count('inputAudio', usage.inputAudio),
    count('outputAudio', usage.outputAudio),
    count('webSearchRequests', usage.webSearchRequests),
    count('costNanoUsd', row.costNanoUsd),
    Number(row.priced),
    textOrNull(row.priceVersion),
    Number(row.estimated),
    row.firstByteMs === null ? null : whole('firstByteMs', row.firstByteMs),
    durationMs,
    timed ? bucketOf(durationMs) : null,
    textOrNull(row.errorType),
    textOrNull(row.upstreamRequestId),
  ];
  if (row.charges !== undefined && row.charges.length > 0) values.push(encodeCharges(row.charges));
  return JSON.stringify(values);
}

function encodeCharges(charges: readonly Charge[]): string {
  return JSON.stringify(charges.map(({ win, amount }) => [count('win', win), count('amount', amount)]));
}

/** An intent is kept as the row that it becomes when the node dies: lost, booked by its estimate and at its holds, end unknown. */
export function encodeIntent(intentNo: number, { holds, ...intent }: Intent): string {
  const { input, output } = intent.estimate;
  return encodeRow(intentNo, {
    ...intent,
    ...(holds === undefined ? {} : { charges: holds }),
    endedAtMs: 0,
    status: 'lost',
    httpStatus: null,
    final: true,
    usage: { ...zero, input, output },
    costNanoUsd: intent.estimateCostNanoUsd,
    estimated: true,
    servedModel: null,
    firstByteMs: null,
    durationMs: 0,
    responseBytes: 0,
    errorType: 'node_died',
    upstreamRequestId: null,
  });
}

const zero = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  thinking: null,
  inputAudio: 0,
  outputAudio: 0,
  webSearchRequests: 0,
};

function count(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} of a ledger row is ${value}, not a count`);
  return value;
}

/** Clocks give fractions and may step back; what is stored is whole milliseconds from 0 up. */
function whole(name: string, ms: number): number {
  return count(name, Math.max(0, Math.round(ms)));
}

/** SQLite stores UTF-8: half a surrogate pair would come back as something else and break the chain. */
function text(value: string): string {
  return value.toWellFormed();
}

function textOrNull(value: string | null): string | null {
  return value === null ? null : text(value);
}
