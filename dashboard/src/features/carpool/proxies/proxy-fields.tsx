import type { ProxyView } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { SelectField, TextField } from '../../../ui/form/field.tsx';
import { Folded } from '../../../ui/form/folded.tsx';

const types = ['socks5', 'socks5h', 'http', 'https'] as const;
const anonymities = ['elite', 'anonymous', 'transparent'] as const;

/** What a proxy is; `now`: one that exists. */
export function ProxyFields({ now }: { now?: ProxyView }) {
  const { t } = useTranslation();
  return (
    <>
      <TextField
        label={t('group.name')}
        name="name"
        required
        autoFocus
        maxLength={100}
        defaultValue={now?.name}
        autoComplete="off"
      />
      <SelectField label={t('proxy.type')} name="proxy_type" hint={t('proxy.typeHint')} defaultValue={now?.proxy_type}>
        {types.map((type) => (
          <option key={type}>{type}</option>
        ))}
      </SelectField>
      <div className="grid grid-cols-[1fr_7rem] gap-3">
        <TextField label={t('proxy.host')} name="host" required autoComplete="off" defaultValue={now?.host} />
        <TextField label={t('proxy.port')} name="port" type="number" min={1} max={65_535} defaultValue={now?.port ?? 1080} />
      </div>
      <div className="grid grid-cols-2 gap-3">
        <TextField label={t('proxy.username')} name="username" autoComplete="off" defaultValue={now?.username ?? ''} />
        <TextField
          label={t('proxy.password')}
          name="password"
          type="password"
          autoComplete="new-password"
          hint={now?.has_password ? t('proxy.passwordKept') : undefined}
        />
      </div>
      <TextField label={t('proxy.most')} name="max_concurrent" type="number" min={1} defaultValue={now?.max_concurrent ?? 100} />
      <Folded title={t('proxy.more')}>
        <VendorFields now={now} />
      </Folded>
    </>
  );
}

const vendorTexts = ['country', 'country_code', 'city', 'region', 'provider', 'provider_plan'] as const;

function VendorFields({ now }: { now: ProxyView | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        {vendorTexts.map((name) => (
          <TextField
            key={name}
            label={t(`proxy.${name}`)}
            name={name}
            maxLength={name === 'country_code' ? 2 : 100}
            placeholder={name === 'country_code' ? 'JP' : undefined}
            autoComplete="off"
            defaultValue={now?.[name] ?? ''}
          />
        ))}
        <SelectField label={t('proxy.anonymity')} name="anonymity_level" defaultValue={now?.anonymity_level ?? 'anonymous'}>
          {anonymities.map((level) => (
            <option key={level} value={level}>
              {t(`proxy.anonymities.${level}`)}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t('proxy.costInUsd')}
          name="cost_per_month"
          type="number"
          min={0}
          step="0.01"
          defaultValue={now?.cost_per_month ?? ''}
        />
      </div>
      <TextField label={t('proxy.description')} name="description" maxLength={1000} defaultValue={now?.description} />
    </>
  );
}
