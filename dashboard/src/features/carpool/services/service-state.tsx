import type { AiService } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { type State, Status } from '../../../ui/glyph.tsx';

const states: Record<AiService['status'], State> = { active: 'ok', inactive: 'off', maintenance: 'partial' };

export function ServiceState({ status }: { status: AiService['status'] }) {
  const { t } = useTranslation();
  return <Status state={states[status]}>{t(`provider.is.${status}`)}</Status>;
}
