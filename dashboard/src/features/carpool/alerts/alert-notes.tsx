import type { Alert } from '@aicarpool/shared-protocol/console';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { Glyph } from '../../../ui/glyph.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { alertText } from './alert-text.ts';
import { useAcknowledge, useAlerts } from './use-alerts.ts';

const mostShown = 3;

interface AlertNotesProps {
  /** Absent: of every group of the reader. */
  readonly groupId?: string;
  /** Which of them belong here; absent: all. */
  readonly belongs?: (alert: Alert) => boolean;
}

/** Open alerts, the newest three. */
export function AlertNotes({ groupId, belongs = () => true }: AlertNotesProps) {
  const { t } = useTranslation();
  const { data } = useAlerts({ open: true, ...(groupId === undefined ? {} : { groupId }) });
  const acknowledge = useAcknowledge();
  const alerts = (data?.alerts ?? []).filter(belongs);
  return (
    <>
      <ProblemNote error={acknowledge.error} />
      {alerts.slice(0, mostShown).map((alert) => (
        <AlertNote
          key={alert.id}
          alert={alert}
          namesGroup={groupId === undefined}
          isPending={acknowledge.isPending}
          onSeen={() => acknowledge.mutate(alert.id)}
        />
      ))}
      {alerts.length > mostShown ? (
        <Link to="/alerts" className="text-[13px] text-accent hover:underline">
          {t('alert.more', { count: alerts.length - mostShown })}
        </Link>
      ) : null}
    </>
  );
}

interface AlertNoteProps {
  readonly alert: Alert;
  readonly namesGroup: boolean;
  readonly isPending: boolean;
  readonly onSeen: () => void;
}

function AlertNote({ alert, namesGroup, isPending, onSeen }: AlertNoteProps) {
  const { t, i18n } = useTranslation();
  const when = alert.resets_at && formatRelative(alert.resets_at, i18n.language, Date.now());
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-line bg-panel px-3 py-2 text-[13px]"
    >
      <Glyph state={alert.level === 'near' ? 'partial' : 'bad'} />
      <p className="min-w-0 flex-1">
        {namesGroup ? <span className="font-medium">{alert.group_name}: </span> : null}
        {alertText(t, alert)} {when ? <span className="text-ink-2">{t('quota.resets', { when })}</span> : null}
      </p>
      {alert.can_acknowledge ? (
        <Button disabled={isPending} onClick={onSeen}>
          {t('alert.seen')}
        </Button>
      ) : null}
    </div>
  );
}
