import type { QuotaTerms } from '@aicarpool/shared-protocol/console';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CheckField } from '../../../ui/form/check-field.tsx';
import { SelectField, TextField } from '../../../ui/form/field.tsx';
import { Folded } from '../../../ui/form/folded.tsx';
import { RangeField } from '../../../ui/form/range-field.tsx';
import type { Unit } from './quota-form.ts';

const modes = ['soft', 'hard', 'stream'] as const;

/** What a quota allows, and what becomes of requests that no longer fit. */
export function QuotaTermFields({ unit, now }: { unit: Unit; now?: QuotaTerms | undefined }) {
  const { t } = useTranslation();
  const [mode, setMode] = useState<QuotaTerms['mode']>(now?.mode ?? 'soft');
  const step = unit === 'usd' ? 'any' : '1';
  return (
    <>
      <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
        <TextField
          label={t(`quota.limit.${unit}`)}
          name="limit"
          type="number"
          min={0}
          step={step}
          inputMode="decimal"
          required
          defaultValue={now?.limit ?? ''}
          // The browser speaks its own language, not the one of the page.
          onInvalid={({ currentTarget: box }) => box.setCustomValidity(box.validity.valueMissing ? t('quota.limitNeeded') : '')}
          onInput={({ currentTarget: box }) => box.setCustomValidity('')}
        />
        <RangeField label={t('quota.alertAt')} name="alert_percent" min={1} max={100} defaultValue={now?.alert_percent ?? 80} />
      </div>
      <SelectField
        label={t('quota.mode')}
        name="mode"
        value={mode}
        hint={t(`quota.modeHint.${mode}`)}
        onChange={(event) => setMode(event.target.value as QuotaTerms['mode'])}
      >
        {modes.map((one) => (
          <option key={one} value={one}>
            {t(`quota.modes.${one}`)}
          </option>
        ))}
      </SelectField>
      <ModeFields mode={mode} now={now} />
      <AwayFields step={step} now={now} />
    </>
  );
}

type Now = { readonly now?: QuotaTerms | undefined };

/** What only one way of counting asks. */
function ModeFields({ mode, now }: Now & { mode: QuotaTerms['mode'] }) {
  const { t } = useTranslation();
  return (
    <>
      {mode === 'stream' ? (
        <SelectField label={t('quota.whenDry')} name="when_dry" defaultValue={now?.when_dry ?? 'overrun'}>
          <option value="overrun">{t('quota.dry.overrun')}</option>
          <option value="cut">{t('quota.dry.cut')}</option>
        </SelectField>
      ) : null}
      {mode === 'hard' ? (
        <TextField
          label={t('quota.mostOutput')}
          name="max_output_tokens"
          type="number"
          min={1}
          inputMode="numeric"
          defaultValue={now?.max_output_tokens ?? ''}
          hint={t('quota.mostOutputHint')}
        />
      ) : null}
    </>
  );
}

/** What nodes do on their own. */
function AwayFields({ step, now }: Now & { step: string }) {
  const { t } = useTranslation();
  return (
    <Folded title={t('quota.away')}>
      <TextField
        label={t('quota.overdraft')}
        name="overdraft"
        type="number"
        min={0}
        step={step}
        inputMode="decimal"
        defaultValue={now?.overdraft ?? 0}
        hint={t('quota.overdraftHint')}
      />
      <CheckField label={t('quota.strict')} hint={t('quota.strictHint')} name="strict" defaultChecked={now?.strict ?? false} />
    </Folded>
  );
}
