import type { UserKey } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { Button } from '../../../ui/button.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';

interface KeyActionsProps {
  readonly owned: UserKey;
  readonly onEdit: () => void;
  readonly onRevoke: () => void;
  readonly onDisabled: () => void;
}

export function KeyActions({ owned, onEdit, onRevoke, onDisabled }: KeyActionsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (status: 'active' | 'disabled') => api('PATCH', `/user/api-keys/${owned.id}`, { status }),
    onSuccess: (_, status) => (status === 'disabled' ? onDisabled() : undefined),
    onSettled: () => client.invalidateQueries({ queryKey: ['keys'] }),
  });
  const next = owned.status === 'disabled' ? 'active' : 'disabled';
  return (
    <span className="flex gap-2">
      <Button onClick={onEdit}>{t('action.edit')}</Button>
      <Button disabled={owned.status === 'expired' || change.isPending} onClick={() => change.mutate(next)}>
        {t(next === 'active' ? 'action.enable' : 'action.disable')}
      </Button>
      <Button kind="danger" onClick={onRevoke}>
        {t('key.revoke')}
      </Button>
      <ProblemNote error={change.error} />
    </span>
  );
}
