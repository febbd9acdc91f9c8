import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../ui/button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { useServices } from '../services/use-services.ts';
import { AccountDialogs, type AccountOpen } from './account-dialogs.tsx';
import type { AccountPlace } from './account-place.ts';
import { AccountsTable } from './accounts-table.tsx';
import { maySignInAgain, type SignInPlace } from './sign-in-dialog.tsx';
import { useAccountChange } from './use-account-change.ts';

interface UpstreamsPanelProps {
  readonly title: string;
  readonly empty: string;
  readonly places: readonly AccountPlace[];
  /** Accounts of the reader himself, perhaps in several groups. */
  readonly isOwn: boolean;
  readonly accounts: readonly UpstreamAccount[] | undefined;
  /** Why they are not known. */
  readonly error: unknown;
}

/** Provider accounts, those of a group or those of the reader: add, try, rest and wake, look into. */
export function UpstreamsPanel({ title, empty, places, isOwn, accounts, error }: UpstreamsPanelProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<AccountOpen>();
  const change = useAccountChange(isOwn);
  const signIns = useSignInPlaces(places);
  const acts = {
    open: ({ id }: UpstreamAccount) => setOpen({ what: 'peek', id }),
    maySignIn: (account: UpstreamAccount) => maySignInAgain(account, signIns, isOwn),
    signIn: ({ id }: UpstreamAccount) => setOpen({ what: 'sign-in', id }),
    rest: (account: UpstreamAccount) => {
      const status = account.status === 'active' ? 'disabled' : 'active';
      change.mutate({ account, method: 'PATCH', body: { status } });
    },
  };
  const aside = (
    <span className="flex flex-wrap gap-2">
      {isOwn ? null : <Button onClick={() => setOpen({ what: 'import' })}>{t('import.short')}</Button>}
      {signIns.length > 0 ? <Button onClick={() => setOpen({ what: 'sign-in' })}>{t('signIn.short')}</Button> : null}
      <Button disabled={places.length === 0} onClick={() => setOpen({ what: 'add' })}>
        <Plus className="size-4" aria-hidden="true" />
        {t('upstream.add')}
      </Button>
    </span>
  );
  const groups = new Map(places.map(({ groupId, groupName }) => [groupId, groupName]));
  return (
    <Panel title={title} aside={aside}>
      <ProblemNote error={change.error} />
      <AccountsTable accounts={accounts} error={error} empty={empty} acts={acts} {...(isOwn ? { groups } : {})} />
      <AccountDialogs
        open={open}
        account={accounts?.find(({ id }) => id === open?.id)}
        places={places}
        signIns={signIns}
        isOwn={isOwn}
        onOpen={setOpen}
      />
    </Panel>
  );
}

/** Those of the places whose service lets people sign in. */
function useSignInPlaces(places: readonly AccountPlace[]): SignInPlace[] {
  const { data } = useServices();
  return places.flatMap((place) => {
    const flows = data?.find(({ id }) => id === place.service)?.sign_in ?? [];
    return flows.length > 0 ? [{ ...place, flows }] : [];
  });
}
