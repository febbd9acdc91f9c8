import type { RoutingSettings } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { CheckField } from '../../../ui/form/check-field.tsx';
import { SelectField } from '../../../ui/form/field.tsx';
import { SettingsForm } from '../../../ui/form/settings-form.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { useGroupSettings } from './use-group-settings.ts';

const strategies = ['priority', 'weight', 'cost', 'performance', 'capability'] as const;
const switches = ['sticky', 'translation', 'substitution'] as const;

export function RoutingPanel({ groupId, mayEdit }: { groupId: string; mayEdit: boolean }) {
  const { t } = useTranslation();
  const { settings, save } = useGroupSettings<RoutingSettings>(groupId, 'routing');
  const now = settings.data;
  if (!now) return <ProblemNote error={settings.error} onRetry={() => void settings.refetch()} />;
  const onSave = (fields: FormData) =>
    save.mutate({
      strategy: fields.get('strategy'),
      ...Object.fromEntries(switches.map((name) => [name, fields.get(name) === 'on'])),
    });
  return (
    <SettingsForm title={t('routing.title')} note={t('routing.note')} saving={save} onSave={onSave} mayEdit={mayEdit}>
      <div className="max-w-md">
        <SelectField label={t('routing.strategy')} name="strategy" defaultValue={now.strategy}>
          {strategies.map((strategy) => (
            <option key={strategy} value={strategy}>
              {t(`routing.strategies.${strategy}`)}
            </option>
          ))}
        </SelectField>
      </div>
      {switches.map((name) => (
        <CheckField
          key={name}
          name={name}
          label={t(`routing.${name}`)}
          hint={t(`routing.${name}Hint`)}
          defaultChecked={now[name]}
        />
      ))}
    </SettingsForm>
  );
}
