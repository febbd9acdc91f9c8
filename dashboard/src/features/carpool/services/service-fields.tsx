import type { AiService } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { CheckField } from '../../../ui/form/check-field.tsx';
import { SelectField, TextArea, TextField } from '../../../ui/form/field.tsx';
import { Folded } from '../../../ui/form/folded.tsx';
import { writeHeaders } from './header-lines.ts';

interface ServiceFieldsProps {
  readonly service: AiService;
  /** A line of the headers that is none. */
  readonly badLine: string | undefined;
}

export function ServiceFields({ service, badLine }: ServiceFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
        <TextField label={t('provider.displayName')} name="display_name" maxLength={100} defaultValue={service.display_name} />
        <SelectField label={t('group.status')} name="status" defaultValue={service.status}>
          {(['active', 'inactive', 'maintenance'] as const).map((status) => (
            <option key={status} value={status}>
              {t(`provider.is.${status}`)}
            </option>
          ))}
        </SelectField>
      </div>
      <TextField
        label={t('provider.baseUrl')}
        name="base_url"
        inputMode="url"
        autoComplete="off"
        defaultValue={service.base_url}
        hint={t('provider.baseUrlHint')}
      />
      <TextArea
        label={t('provider.patterns')}
        name="model_patterns"
        rows={4}
        defaultValue={service.model_patterns.join('\n')}
        hint={t('provider.patternsHint')}
      />
      <Folded title={t('provider.more')} open={badLine !== undefined}>
        <MoreFields service={service} badLine={badLine} />
      </Folded>
    </>
  );
}

function MoreFields({ service, badLine }: ServiceFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
        <TextField
          label={t('provider.vendor')}
          name="vendor"
          maxLength={50}
          defaultValue={service.vendor}
          hint={t('provider.vendorHint')}
        />
        <TextField
          label={t('provider.modelsPath')}
          name="models_path"
          maxLength={200}
          placeholder="/v1/models"
          defaultValue={service.models_path ?? ''}
          hint={t('provider.modelsPathHint')}
        />
      </div>
      <CheckField
        name="usage_in_streams"
        label={t('provider.usageInStreams')}
        hint={t('provider.usageInStreamsHint')}
        defaultChecked={service.usage_in_streams}
      />
      <SelectField
        label={t('provider.gone')}
        name="on_client_gone"
        defaultValue={service.on_client_gone}
        hint={t('provider.goneHint')}
      >
        {(['abort', 'drain'] as const).map((what) => (
          <option key={what} value={what}>
            {t(`provider.gones.${what}`)}
          </option>
        ))}
      </SelectField>
      <TextArea
        label={t('provider.headers')}
        name="default_headers"
        rows={3}
        defaultValue={writeHeaders(service.default_headers ?? {})}
        hint={t('provider.headersHint')}
        error={badLine === undefined ? undefined : t('provider.badHeader', { line: badLine })}
      />
    </>
  );
}
