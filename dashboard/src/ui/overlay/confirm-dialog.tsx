import { useTranslation } from 'react-i18next';
import { Button } from '../button.tsx';
import { ProblemNote } from '../problem-note.tsx';
import { Dialog } from './dialog.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  /** What follows from it. */
  readonly note: string;
  readonly go: string;
  readonly act: { readonly isPending: boolean; readonly error: unknown };
  readonly onGo: () => void;
  readonly onClose: () => void;
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({ title, note, go, act, onGo, onClose }: ConfirmDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      note={note}
      footer={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="danger" disabled={act.isPending} onClick={onGo}>
            {go}
          </Button>
        </>
      }
    >
      <ProblemNote error={act.error} />
    </Dialog>
  );
}
