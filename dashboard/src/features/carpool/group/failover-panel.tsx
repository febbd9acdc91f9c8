import type { GroupServices } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { CheckField } from '../../../ui/form/check-field.tsx';
import { TextField } from '../../../ui/form/field.tsx';
import { SettingsForm } from '../../../ui/form/settings-form.tsx';

const triggers = [
  { name: 'consecutive_failures', step: 1, usual: 3 },
  { name: 'error_rate_threshold', step: 0.01, usual: 0.5 },
  { name: 'response_time_threshold_ms', step: 1, usual: null },
] as const;
const recoveries = [
  { name: 'consecutive_successes', step: 1, usual: 5 },
  { name: 'success_rate_threshold', step: 0.01, usual: null },
  { name: 'check_interval_minutes', step: 0.5, usual: 5 },
] as const;

interface FailoverPanelProps {
  readonly groupId: string;
  readonly services: GroupServices;
  readonly mayEdit: boolean;
}

/** When a service or account counts as failed, and when as well again. */
export function FailoverPanel({ groupId, services, mayEdit }: FailoverPanelProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (body: unknown) => api('PUT', `/carpool/groups/${groupId}/ai-services/failover`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: ['groups', groupId] }),
  });
  const { trigger_conditions: trigger, recovery_conditions: recovery } = services.failover;
  const onSave = (fields: FormData) =>
    save.mutate({
      enabled: fields.get('enabled') === 'on',
      trigger_conditions: numbersIn(fields, triggers),
      recovery_conditions: numbersIn(fields, recoveries),
    });
  return (
    <SettingsForm title={t('failover.title')} note={t('failover.note')} saving={save} onSave={onSave} mayEdit={mayEdit}>
      <CheckField
        name="enabled"
        label={t('failover.enabled')}
        hint={t('failover.enabledHint')}
        defaultChecked={services.service_failover_enabled}
      />
      <div className="grid gap-6 md:grid-cols-2">
        <Conditions title={t('failover.out')} fields={triggers} now={trigger ?? {}} />
        <Conditions title={t('failover.back')} fields={recoveries} now={recovery ?? {}} />
      </div>
    </SettingsForm>
  );
}

interface Condition {
  readonly name: string;
  readonly step: number;
  readonly usual: number | null;
}

function Conditions({
  title,
  fields,
  now,
}: {
  title: string;
  fields: readonly Condition[];
  now: Record<string, number | undefined>;
}) {
  const { t } = useTranslation();
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 font-medium text-[13px]">{title}</legend>
      {fields.map(({ name, step, usual }) => (
        <TextField
          key={name}
          label={t(`failover.${name}`)}
          name={name}
          type="number"
          min={0}
          step={step}
          inputMode="decimal"
          defaultValue={now[name] ?? ''}
          placeholder={usual === null ? t('limits.none') : String(usual)}
        />
      ))}
    </fieldset>
  );
}

function numbersIn(fields: FormData, conditions: readonly Condition[]): Record<string, number> {
  const found = conditions.map(({ name }) => [name, String(fields.get(name) ?? '').trim()] as const);
  return Object.fromEntries(found.filter(([, text]) => text !== '').map(([name, text]) => [name, Number(text)]));
}
