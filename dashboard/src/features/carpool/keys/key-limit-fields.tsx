import type { UserKey } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { TextArea, TextField } from '../../../ui/form/field.tsx';
import { FeatureChecks } from '../feature-checks.tsx';
import { numbers } from './key-limits.ts';

/** Limits of one key, besides those of its group and member; `now`: those it has. */
export function KeyLimitFields({ now }: { now?: UserKey }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="text-ink-2 text-xs">{t('keyLimits.note')}</p>
      <div className="grid grid-cols-2 gap-3">
        {numbers.map((name) => (
          <TextField
            key={name}
            label={t(`keyLimits.${name}`)}
            name={name}
            type="number"
            min={1}
            inputMode="numeric"
            defaultValue={now?.[name] ?? ''}
            placeholder={t('limits.none')}
          />
        ))}
      </div>
      <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
        <TextArea
          label={t('keyLimits.allowed')}
          name="restricted_models"
          rows={3}
          defaultValue={now?.enable_model_restriction ? now.restricted_models.join('\n') : ''}
          hint={t('keyLimits.allowedHint')}
        />
        <TextArea
          label={t('keyLimits.denied')}
          name="denied_models"
          rows={3}
          defaultValue={now?.denied_models.join('\n')}
          hint={t('keyLimits.deniedHint')}
        />
      </div>
      <FeatureChecks legend={t('keyLimits.features')} denied={now?.denied_features ?? []} />
      <TextArea
        label={t('keyLimits.addresses')}
        name="ip_allowlist"
        rows={2}
        placeholder="203.0.113.7"
        defaultValue={now?.ip_allowlist?.join('\n')}
        hint={t('keyLimits.addressesHint')}
      />
    </>
  );
}
