import type { GroupConfig } from '@aicarpool/shared-protocol/console';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../ui/button.tsx';
import { TextArea } from '../../../ui/form/field.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { PlanTable } from './plan-table.tsx';
import { useImport } from './use-versions.ts';

/** A document is looked at first, then applied: what was looked at, or nothing. */
export function ImportDialog({ groupId, onClose }: { groupId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [isBroken, setIsBroken] = useState(false);
  const act = useImport(groupId);
  const plan = act.data;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const config = parse(text);
    setIsBroken(config === undefined);
    if (config === undefined) return;
    const wish = plan ? { config, dry_run: false, expected_version: plan.version } : { config, dry_run: true };
    act.mutate(wish, { onSuccess: (done) => (done.applied ? onClose() : undefined) });
  };
  const change = (next: string) => {
    setText(next);
    act.reset();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('versions.import')}
      note={t('versions.importNote')}
      footer={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" type="submit" form="import-config" disabled={act.isPending || plan?.changes.length === 0}>
            {t(plan ? 'versions.apply' : 'versions.look')}
          </Button>
        </>
      }
    >
      <form id="import-config" onSubmit={submit}>
        <TextArea
          label={t('versions.document')}
          rows={8}
          required
          value={text}
          error={isBroken ? t('versions.noJson') : undefined}
          onChange={({ target }) => change(target.value)}
        />
      </form>
      <ProblemNote error={act.error} />
      {plan ? <PlanTable plan={plan} /> : null}
    </Dialog>
  );
}

/** An exported file has the envelope of the API around it. */
function parse(text: string): GroupConfig | undefined {
  try {
    const read = JSON.parse(text) as { data?: GroupConfig } & GroupConfig;
    return read.data ?? read;
  } catch {
    return undefined;
  }
}
