import type { NodeRecord } from '../record/node-record.ts';
import { type Finding, ok, warn } from './finding.ts';

const oftenInRow = 3;

/** Do all processes of a running node serve? Nothing to say of one that has none but itself. */
export function checkWorkers({ workers }: Pick<NodeRecord, 'workers'>): Finding[] {
  if (workers.length === 0) return [];
  const failing = workers.filter(({ failures }) => failures >= oftenInRow);
  if (failing.length > 0) {
    const found = failing.map(({ slot, failures }) => `worker ${slot} ended ${failures} times in a row as it began`).join(', ');
    return [warn('workers', found, 'Its log on stderr says why; the other workers serve meanwhile.')];
  }
  const serving = workers.filter(({ state }) => state === 'serving').length;
  const found = `${serving} of ${workers.length} serve`;
  return [serving === workers.length ? ok('workers', found) : warn('workers', found, 'Look again in a few seconds.')];
}
