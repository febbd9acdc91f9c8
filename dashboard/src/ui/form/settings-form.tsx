import type { FormEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../button.tsx';
import { Status } from '../glyph.tsx';
import { Panel } from '../panel.tsx';
import { ProblemNote } from '../problem-note.tsx';

interface SettingsFormProps {
  readonly title: string;
  readonly note: string;
  readonly saving: { readonly isPending: boolean; readonly isSuccess: boolean; readonly error: unknown };
  readonly onSave: (fields: FormData) => void;
  /** Others see how things are set, and cannot type. */
  readonly mayEdit: boolean;
  readonly children: ReactNode;
}

/** A panel of settings that are saved together, with what became of the last save. */
export function SettingsForm({ title, note, saving, onSave, mayEdit, children }: SettingsFormProps) {
  const { t } = useTranslation();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSave(new FormData(event.currentTarget));
  };
  return (
    <Panel title={title} aside={mayEdit ? null : <span className="text-ink-3 text-xs">{t('action.managersOnly')}</span>}>
      <form onSubmit={submit} className="flex max-w-4xl flex-col gap-4 p-4">
        <p className="max-w-prose text-[13px] text-ink-2">{note}</p>
        <fieldset disabled={!mayEdit} className="flex min-w-0 flex-col gap-4">
          {children}
        </fieldset>
        <ProblemNote error={saving.error} />
        {mayEdit ? (
          <div className="flex items-center gap-3">
            <Button kind="primary" type="submit" disabled={saving.isPending}>
              {t('action.save')}
            </Button>
            <span role="status">{saving.isSuccess ? <Status state="ok">{t('action.saved')}</Status> : null}</span>
          </div>
        ) : null}
      </form>
    </Panel>
  );
}
