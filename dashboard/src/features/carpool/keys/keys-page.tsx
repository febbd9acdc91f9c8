import { useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../ui/button.tsx';
import { Page } from '../../../ui/page.tsx';
import { Tabs } from '../../../ui/tabs.tsx';
import { OwnAccountsPanel } from '../accounts/own-accounts-panel.tsx';
import { useOwnPlaces } from '../accounts/use-own-places.ts';
import { MyQuotaPanel } from '../quotas/my-quota-panel.tsx';
import { KeysPanel } from './keys-panel.tsx';

/** What a person needs to make requests: keys, and accounts of his own where a group asks for them. */
export function KeysPage() {
  const { t } = useTranslation();
  const { tab = 'keys' } = useSearch({ from: '/keys' });
  const navigate = useNavigate();
  const places = useOwnPlaces();
  const [isMaking, setIsMaking] = useState(false);
  const hasAccounts = places.length > 0;
  const shown = tab === 'accounts' && !hasAccounts ? 'keys' : tab;
  const make = (
    <Button kind="primary" onClick={() => setIsMaking(true)}>
      <Plus className="size-4" aria-hidden="true" />
      {t('key.new')}
    </Button>
  );
  return (
    <Page title={t('nav.keys')} actions={shown === 'keys' ? make : null}>
      <Tabs
        label={t('own.parts')}
        value={shown}
        options={[
          { value: 'keys', label: t('own.keysTab') },
          { value: 'quota', label: t('quota.mine') },
          ...(hasAccounts ? [{ value: 'accounts' as const, label: t('own.tab') }] : []),
        ]}
        onChange={(value) => void navigate({ to: '/keys', search: value === 'keys' ? {} : { tab: value } })}
      />
      {shown === 'keys' ? <KeysPanel isMaking={isMaking} onMade={() => setIsMaking(false)} /> : null}
      {shown === 'quota' ? <MyQuotaPanel /> : null}
      {shown === 'accounts' ? <OwnAccountsPanel places={places} /> : null}
    </Page>
  );
}
