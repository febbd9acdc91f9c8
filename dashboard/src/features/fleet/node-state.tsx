import type { FleetNode } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { type State, Status } from '../../ui/glyph.tsx';

const states: Record<FleetNode['status'], State> = { active: 'ok', inactive: 'bad', maintenance: 'draft' };

export function NodeState({ status }: Pick<FleetNode, 'status'>) {
  const { t } = useTranslation();
  return <Status state={states[status]}>{t(`node.is.${status}`)}</Status>;
}
