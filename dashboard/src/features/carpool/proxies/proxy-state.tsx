import type { ProxyView } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { type State, Status } from '../../../ui/glyph.tsx';

const states: Record<ProxyView['status'], State> = { active: 'ok', inactive: 'off', maintenance: 'partial', error: 'bad' };

export function ProxyState({ status }: Pick<ProxyView, 'status'>) {
  const { t } = useTranslation();
  return <Status state={states[status]}>{t(`proxy.is.${status}`)}</Status>;
}
