import { useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../ui/button.tsx';
import { Page } from '../../../ui/page.tsx';
import { Tabs } from '../../../ui/tabs.tsx';
import { OwnAccountsPanel } from '../accounts/own-accounts-panel.tsx';
import { useOwnPlaces } from '../accounts/use-own-places.ts';
import { KeysPanel } from './keys-panel.tsx';

/** What a person needs to make requests: keys, and accounts of his own where a group asks for them. */
export function KeysPage() {
  const { t } = useTranslation();
  const { tab = 'keys' } = useSearch({ from: '/keys' });
  const navigate = useNavigate();
  const places = useOwnPlaces();
  const [isMaking, setIsMaking] = useState(false);
  const isKeys = tab === 'keys' || places.length === 0;
  const make = (
    <Button kind="primary" onClick={() => setIsMaking(true)}>
      <Plus className="size-4" aria-hidden="true" />
      {t('key.new')}
    </Button>
  );
  return (
    <Page title={t('nav.keys')} actions={isKeys ? make : null}>
      {places.length === 0 ? null : (
        <Tabs
          label={t('own.parts')}
          value={tab}
          options={[
            { value: 'keys', label: t('own.keysTab') },
            { value: 'accounts', label: t('own.tab') },
          ]}
          onChange={(value) => void navigate({ to: '/keys', search: value === 'keys' ? {} : { tab: value } })}
        />
      )}
      {isKeys ? <KeysPanel isMaking={isMaking} onMade={() => setIsMaking(false)} /> : <OwnAccountsPanel places={places} />}
    </Page>
  );
}
