import type { AuditedBook } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { type State, Status } from '../../../ui/glyph.tsx';

const states: Record<AuditedBook['state'], State> = { open: 'ok', condemned: 'bad', closed: 'off' };

export function BookState({ state }: Pick<AuditedBook, 'state'>) {
  const { t } = useTranslation();
  return <Status state={states[state]}>{t(`audit.state.${state}`)}</Status>;
}

const outcomes: Record<'same' | 'differs' | 'no_detail', State> = { same: 'ok', differs: 'bad', no_detail: 'partial' };

export function Outcome({ outcome }: { outcome: keyof typeof outcomes }) {
  const { t } = useTranslation();
  return <Status state={outcomes[outcome]}>{t(`audit.outcome.${outcome}`)}</Status>;
}
