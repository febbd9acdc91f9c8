import type { ConfigVersion } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../ui/button.tsx';
import { Peek } from '../../../ui/overlay/peek.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { PlanTable } from './plan-table.tsx';
import { usePlan, useRestore } from './use-versions.ts';

interface VersionPeekProps {
  readonly groupId: string;
  readonly version: ConfigVersion;
  readonly isNewest: boolean;
  readonly onClose: () => void;
}

/** What restoring a version would change, and the button that does it. */
export function VersionPeek({ groupId, version, isNewest, onClose }: VersionPeekProps) {
  const { t } = useTranslation();
  const { data: plan, error, refetch } = usePlan(groupId, version.version);
  const restore = useRestore(groupId, version.version, onClose);
  const can = plan !== undefined && plan.changes.length > 0 && !restore.isPending;
  return (
    <Peek
      title={t('versions.one', { version: version.version })}
      note={isNewest ? t('versions.isNow') : t('versions.note')}
      onClose={onClose}
      footer={
        <Button kind="primary" disabled={!can} onClick={() => plan && restore.mutate(plan.version)}>
          {t('versions.restore')}
        </Button>
      }
    >
      <ProblemNote error={error ?? restore.error} onRetry={() => void refetch()} />
      {plan ? <PlanTable plan={plan} /> : null}
    </Peek>
  );
}
