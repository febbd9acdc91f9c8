import { useTranslation } from 'react-i18next';
import { Button } from '../button.tsx';

interface DialogFooterProps {
  readonly form: string;
  readonly go: string;
  readonly isPending: boolean;
  readonly onClose: () => void;
  /** The word for leaving; absent: cancel. */
  readonly leave?: string;
}

/** Leave, or send the form of the dialog. */
export function DialogFooter({ form, go, isPending, onClose, leave }: DialogFooterProps) {
  const { t } = useTranslation();
  return (
    <>
      <Button onClick={onClose}>{leave ?? t('action.cancel')}</Button>
      <Button kind="primary" type="submit" form={form} disabled={isPending}>
        {go}
      </Button>
    </>
  );
}
