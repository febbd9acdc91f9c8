import type { Statement } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { type State, Status } from '../../../ui/glyph.tsx';

const states: Record<Statement['status'], State> = { running: 'draft', ended: 'partial', closed: 'ok' };

export function StatementState({ status }: Pick<Statement, 'status'>) {
  const { t } = useTranslation();
  return <Status state={states[status]}>{t(`statement.is.${status}`)}</Status>;
}
