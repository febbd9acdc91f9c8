import type { ChangeProgress } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { formatBound } from '../../../lib/format.ts';

/** Nothing changes any more. */
export function isConfirmedByAll({ nodes_confirmed, nodes_total, pending }: ChangeProgress): boolean {
  return pending.length === 0 && nodes_confirmed >= nodes_total;
}

/** "Confirmed by 2 of 3 nodes; the other stops by 14:05:50 at the latest". */
export function progressText(t: TFunction, progress: ChangeProgress, language: string, nowMs: number): string {
  const { nodes_confirmed: confirmed, nodes_total: total, in_force_by: by } = progress;
  if (total === 0) return t('progress.none');
  if (isConfirmedByAll(progress)) return t('progress.all');
  const count = total - confirmed;
  const rest =
    by === null ? t('progress.forever', { count }) : t('progress.rest', { count, when: formatBound(by, language, nowMs) });
  return t('progress.allOf', { confirmed, total }) + rest;
}
