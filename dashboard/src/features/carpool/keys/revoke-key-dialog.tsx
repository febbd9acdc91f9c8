import type { UserKey } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';

interface RevokeKeyDialogProps {
  readonly leaving: UserKey;
  readonly onRevoked: () => void;
  readonly onClose: () => void;
}

export function RevokeKeyDialog({ leaving, onRevoked, onClose }: RevokeKeyDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => api('DELETE', `/user/api-keys/${leaving.id}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['keys'] });
      onRevoked();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('key.revokeWhich', { name: leaving.name })}
      note={t('key.revokeNote')}
      footer={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="danger" disabled={revoke.isPending} onClick={() => revoke.mutate()}>
            {t('key.revoke')}
          </Button>
        </>
      }
    >
      <ProblemNote error={revoke.error} />
    </Dialog>
  );
}
