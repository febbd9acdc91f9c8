import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/overlay/confirm-dialog.tsx';
import { AccountPeek } from './account-peek.tsx';
import type { AccountPlace } from './account-place.ts';
import { AddUpstreamDialog } from './add-upstream-dialog.tsx';
import { EditAccountDialog } from './edit-account-dialog.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { maySignInAgain, SignInDialog, type SignInPlace } from './sign-in-dialog.tsx';
import { useAccountChange } from './use-account-change.ts';

export interface AccountOpen {
  readonly what: 'add' | 'import' | 'sign-in' | 'peek' | 'edit' | 'remove';
  /** The account it is about; absent: a new one. */
  readonly id?: string;
}

interface AccountDialogsProps {
  readonly open: AccountOpen | undefined;
  readonly account: UpstreamAccount | undefined;
  readonly places: readonly AccountPlace[];
  readonly signIns: readonly SignInPlace[];
  readonly isOwn: boolean;
  readonly onOpen: (open: AccountOpen | undefined) => void;
}

/** What is open above a list of accounts. */
export function AccountDialogs({ open, account, places, signIns, isOwn, onOpen }: AccountDialogsProps) {
  const close = () => onOpen(undefined);
  const groupId = places[0]?.groupId;
  if (open?.what === 'add') return <AddUpstreamDialog places={places} isOwn={isOwn} onClose={close} />;
  if (open?.what === 'import') return groupId ? <ImportDialog groupId={groupId} onClose={close} /> : null;
  if (open?.what === 'sign-in') return <SignInDialog places={signIns} isOwn={isOwn} account={account} onClose={close} />;
  if (!account || !open) return null;
  const back = () => onOpen({ what: 'peek', id: account.id });
  if (open.what === 'edit') return <EditAccountDialog account={account} isOwn={isOwn} onClose={back} />;
  if (open.what === 'remove') return <RemoveAccount account={account} isOwn={isOwn} onClose={back} onRemoved={close} />;
  return (
    <AccountPeek
      account={account}
      isOwn={isOwn}
      canSignIn={maySignInAgain(account, signIns, isOwn)}
      onAct={(what) => onOpen({ what, id: account.id })}
      onClose={close}
    />
  );
}

interface RemoveAccountProps {
  readonly account: UpstreamAccount;
  readonly isOwn: boolean;
  readonly onClose: () => void;
  readonly onRemoved: () => void;
}

function RemoveAccount({ account, isOwn, onClose, onRemoved }: RemoveAccountProps) {
  const { t } = useTranslation();
  const remove = useAccountChange(isOwn, onRemoved);
  return (
    <ConfirmDialog
      title={t('upstream.removeWhich', { name: account.name })}
      note={t('upstream.removeNote')}
      go={t('action.remove')}
      act={remove}
      onGo={() => remove.mutate({ account, method: 'DELETE' })}
      onClose={onClose}
    />
  );
}
