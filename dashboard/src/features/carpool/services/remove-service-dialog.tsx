import type { AiService } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/overlay/confirm-dialog.tsx';
import { useServiceChange } from './use-service-change.ts';

export function RemoveServiceDialog({ service, onClose }: { service: AiService; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useServiceChange('DELETE', `/ai-services/${service.id}`, onClose);
  return (
    <ConfirmDialog
      title={t('provider.removeWhich', { name: service.display_name })}
      note={t('provider.removeNote')}
      go={t('action.remove')}
      act={remove}
      onGo={() => remove.mutate(undefined)}
      onClose={onClose}
    />
  );
}
