import type { GroupLimits, TrafficLimits } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { TextField } from '../../../ui/form/field.tsx';
import { SettingsForm } from '../../../ui/form/settings-form.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { FeatureChecks, featuresIn } from '../feature-checks.tsx';
import { useGroupSettings } from './use-group-settings.ts';

const owners = ['group', 'member'] as const;
const limits = ['rate_limit_requests', 'rate_limit_window', 'tokens_per_minute', 'concurrency'] as const;

export function LimitsPanel({ groupId, mayEdit }: { groupId: string; mayEdit: boolean }) {
  const { t } = useTranslation();
  const { settings, save } = useGroupSettings<GroupLimits>(groupId, 'limits');
  const now = settings.data;
  if (!now) return <ProblemNote error={settings.error} onRetry={() => void settings.refetch()} />;
  const onSave = (fields: FormData) =>
    save.mutate({
      group: limitsIn(fields, 'group'),
      member: limitsIn(fields, 'member'),
      denied_features: featuresIn(fields),
    });
  return (
    <SettingsForm title={t('limits.title')} note={t('limits.note')} saving={save} onSave={onSave} mayEdit={mayEdit}>
      <div className="grid gap-6 md:grid-cols-2">
        {owners.map((owner) => (
          <LimitFields key={owner} owner={owner} now={now[owner]} />
        ))}
      </div>
      <FeatureChecks legend={t('limits.denied')} denied={now.denied_features} />
    </SettingsForm>
  );
}

function LimitFields({ owner, now }: { owner: (typeof owners)[number]; now: TrafficLimits }) {
  const { t } = useTranslation();
  return (
    <fieldset className="grid grid-cols-2 gap-3">
      <legend className="mb-2 font-medium text-[13px]">{t(`limits.of.${owner}`)}</legend>
      {limits.map((name) => (
        <TextField
          key={name}
          label={t(`limits.${name}`)}
          name={`${owner}.${name}`}
          type="number"
          min={1}
          inputMode="numeric"
          defaultValue={now[name] ?? ''}
          placeholder={t('limits.none')}
        />
      ))}
    </fieldset>
  );
}

/** An empty box is no limit. */
function limitsIn(fields: FormData, owner: string): TrafficLimits {
  const read = (name: (typeof limits)[number]) => {
    const text = String(fields.get(`${owner}.${name}`) ?? '').trim();
    return text === '' ? null : Number(text);
  };
  return {
    rate_limit_requests: read('rate_limit_requests'),
    rate_limit_window: read('rate_limit_window'),
    tokens_per_minute: read('tokens_per_minute'),
    concurrency: read('concurrency'),
  };
}
