import type { ChangeProgress, UserKey } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { formatBound } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { Glyph } from '../../../ui/glyph.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { Table } from '../../../ui/table.tsx';
import { isConfirmedByAll, progressText } from './progress-text.ts';

interface KeyProgressDialogProps {
  readonly stopped: Pick<UserKey, 'id' | 'name'>;
  readonly how: 'revoked' | 'disabled';
  readonly onClose: () => void;
}

const askEveryMs = 2_000;

/** Where a key that was stopped is already refused, and by when it is everywhere; asks until all have confirmed. */
export function KeyProgressDialog({ stopped, how, onClose }: KeyProgressDialogProps) {
  const { t } = useTranslation();
  const { data, error } = useQuery({
    queryKey: ['key-progress', stopped.id],
    gcTime: 0,
    refetchInterval: ({ state }) => (state.data && isConfirmedByAll(state.data) ? false : askEveryMs),
    queryFn: () => api<ChangeProgress>('GET', `/user/api-keys/${stopped.id}/progress`),
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(`progress.${how}`, { name: stopped.name })}
      footer={
        <Button kind="primary" onClick={onClose}>
          {t('action.done')}
        </Button>
      }
    >
      <ProblemNote error={error} />
      <div aria-live="polite">{data ? <Progress progress={data} /> : <p>{t('progress.checking')}</p>}</div>
      {data && data.pending.length > 0 ? <Pending pending={data.pending} /> : null}
    </Dialog>
  );
}

function Progress({ progress }: { progress: ChangeProgress }) {
  const { t, i18n } = useTranslation();
  return (
    <p className="flex items-baseline gap-2 text-[13px]">
      <Glyph state={isConfirmedByAll(progress) ? 'ok' : 'partial'} />
      {progressText(t, progress, i18n.language, Date.now())}
    </p>
  );
}

function Pending({ pending }: Pick<ChangeProgress, 'pending'>) {
  const { t, i18n } = useTranslation();
  const stops = (at: string | null) =>
    at === null ? t('progress.never') : t('progress.stopsBy', { when: formatBound(at, i18n.language, Date.now()) });
  return (
    <div className="overflow-hidden rounded-md border border-line">
      <Table
        tight
        label={t('progress.pending')}
        rows={pending}
        rowKey={({ node_id }) => node_id}
        empty=""
        columns={[
          { key: 'name', title: t('progress.pending'), cell: ({ node_name }) => node_name },
          { key: 'stops', title: t('group.status'), cell: ({ stops_at }) => stops(stops_at) },
        ]}
      />
    </div>
  );
}
