import { useTranslation } from 'react-i18next';
import { Glyph, type State } from './glyph.tsx';

export interface Coverage {
  readonly reported: number;
  readonly expected: number;
}

export function coverageState({ reported, expected }: Coverage): State {
  if (expected === 0) return 'off';
  if (reported === expected) return 'ok';
  return reported / expected >= 0.8 ? 'partial' : 'bad';
}

/** How many of the nodes that hold these numbers have answered: beside every measured figure. */
export function Completeness({ reported, expected }: Coverage) {
  const { t } = useTranslation();
  const state = coverageState({ reported, expected });
  return (
    <span
      className="inline-flex h-8 items-center gap-2 rounded-md border border-line-strong bg-panel px-3 text-[13px]"
      title={t('completeness.what')}
    >
      <Glyph state={state} />
      {t(`completeness.${state}`)} {reported}/{expected}
    </span>
  );
}
