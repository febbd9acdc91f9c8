import type { Stage } from '../scenario.ts';
import type { Callers, ClientLine } from '../stack/callers.ts';

/** Of wall time. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What neither a row nor a status tells: callers who were left waiting. For callers who have stopped; `calm` lies before the
 * fault, `during` is when it was there. A busy machine answers fewer, but not one where it answered ten.
 */
export function findLeftWaiting({ log }: Callers, calm: Span, during: readonly Span[]): string[] {
  const ended = ({ fromMs, toMs }: Span) =>
    log.filter((line) => line.sawEnd && line.endedAtMs >= fromMs && line.endedAtMs < toMs);
  const hung = log.filter(({ code }) => code === 'client_timeout');
  const perMs = ended(calm).length / (calm.toMs - calm.fromMs);
  const few = during.flatMap((span) => {
    const [lastedMs, count] = [span.toMs - span.fromMs, ended(span).length];
    const least = Math.floor((perMs * lastedMs) / 10);
    return count >= least ? [] : [`${count} answers ended in ${lastedMs} ms of the fault; at least ${least} were to be expected`];
  });
  const isTried = during.some((span) => ended(span).length > 0);
  return [
    ...(perMs > 0 ? [] : ['no answer ended before the fault: this was no load']),
    ...(hung.length > 0 ? [`${hung.length} requests got no answer at all, first ${hung[0]?.rid} at ${hung[0]?.node}`] : []),
    ...few,
    ...(isTried ? [] : ['not one answer ended while the fault was there']),
  ];
}

/**
 * Callers beside whom something bad happened: what they saw of it, those included who were under way when it began or who
 * only got their answer after it. For callers who have stopped. `allMs` is how long each of them waited.
 */
function besideIt({ log }: Callers, { fromMs, toMs }: Span): { allMs: number[]; ended: number; failed: ClientLine[] } {
  const beside = log.filter((line) => line.sentAtMs < toMs && line.endedAtMs >= fromMs);
  return {
    allMs: beside.map(({ sentAtMs, endedAtMs }) => endedAtMs - sentAtMs),
    ended: beside.filter(({ sawEnd }) => sawEnd).length,
    failed: beside.filter(({ sawEnd }) => !sawEnd),
  };
}

export interface Beside {
  readonly calm: Span;
  readonly during: Span;
  /** Beside whom, for the words of a failure. */
  readonly whom: string;
  /** Which of all waits counts, by size, from 0 to 1. */
  readonly rank: number;
}

/** Of callers beside whom others were served badly none failed and none was left waiting. Gives how long they took, before and then. */
export function judgeBeside(stage: Stage, callers: Callers, { calm, during, whom, rank }: Beside) {
  const at = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length * rank)] ?? 0;
  const { allMs, ended, failed } = besideIt(callers, during);
  const [first] = failed;
  stage.expectAll(findLeftWaiting(callers, calm, [during]));
  stage.expect(!first, `beside ${whom} ${failed.length} others failed, first ${first?.status} ${first?.code} ${first?.body}`);
  return { calmMs: at(besideIt(callers, calm).allMs), besideMs: at(allMs), ended };
}

/** Where nothing is killed that callers speak to, no connection of theirs may break. */
export function findBroken({ broken }: Callers): string[] {
  const [first] = broken;
  return first ? [`${broken.length} answers broke off, first ${first.rid} (${first.status}) with ${first.code}`] : [];
}
