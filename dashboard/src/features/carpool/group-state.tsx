import type { GroupSummary } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { type State, Status } from '../../ui/glyph.tsx';

const states: Record<GroupSummary['status'], State> = { draft: 'draft', active: 'ok', suspended: 'partial', closed: 'off' };

export function GroupState({ status }: { status: GroupSummary['status'] }) {
  const { t } = useTranslation();
  return <Status state={states[status]}>{t(`group.is.${status}`)}</Status>;
}
