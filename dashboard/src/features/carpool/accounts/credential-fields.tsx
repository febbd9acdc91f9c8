import type { AiService } from '@aicarpool/shared-protocol/console';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SelectField, TextArea, TextField } from '../../../ui/form/field.tsx';
import { Status } from '../../../ui/glyph.tsx';

/** Vendors whose secret is JSON as it comes from them, with what it looks like. */
const pasted: Readonly<Record<string, string>> = {
  bedrock: '{\n  "access_key_id": "AKIA…",\n  "secret_access_key": "…"\n}',
  vertex:
    '{\n  "type": "service_account",\n  "project_id": "…",\n  "private_key": "-----BEGIN PRIVATE KEY-----…",\n  "client_email": "…"\n}',
};

export function CredentialFields({ service }: { service: AiService | undefined }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState('api_key');
  const vendor = service?.vendor ?? '';
  const example = pasted[vendor];
  return (
    <>
      <SelectField label={t('upstream.kind')} name="kind" value={kind} onChange={({ target }) => setKind(target.value)}>
        {(['api_key', 'bearer_token', 'oauth'] as const).map((value) => (
          <option key={value} value={value}>
            {t(`upstream.kinds.${value}`)}
          </option>
        ))}
      </SelectField>
      {kind === 'api_key' ? null : <Status state="partial">{t('upstream.personal')}</Status>}
      {example === undefined ? (
        <TextField
          label={t('upstream.secret')}
          name="credential"
          type="password"
          autoComplete="off"
          required
          hint={t('upstream.secretHint')}
        />
      ) : (
        <TextArea
          label={t('upstream.secret')}
          name="credential"
          rows={6}
          autoComplete="off"
          required
          placeholder={example}
          hint={t(vendor === 'bedrock' ? 'upstream.bedrockHint' : 'upstream.vertexHint')}
        />
      )}
    </>
  );
}
