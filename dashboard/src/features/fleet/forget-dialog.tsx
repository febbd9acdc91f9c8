import type { FleetNodeDetail, NodeLossView } from '@aicarpool/shared-protocol/console';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatExact, formatUsd } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/form/check-field.tsx';
import { Dialog } from '../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { useNodeChange } from './use-node-change.ts';

interface ForgetDialogProps {
  readonly node: FleetNodeDetail;
  readonly loss: NodeLossView;
  readonly onClose: () => void;
}

/** Says what is lost with a node before anybody gives it up. */
export function ForgetDialog({ node, loss, onClose }: ForgetDialogProps) {
  const { t, i18n } = useTranslation();
  const [isSure, setIsSure] = useState(false);
  const forget = useNodeChange<NodeLossView>(node.node_id, 'POST', '/forget');
  const asksTwice = loss.may_be_at_work && node.retired_at === null;
  const settled =
    loss.settled_at === null
      ? t('node.nothingSettled')
      : new Date(loss.settled_at).toLocaleString(i18n.language, { dateStyle: 'medium', timeStyle: 'medium' });
  const figures = { settled, tokens: formatExact(loss.tokens_at_most), cost: formatUsd(loss.usd_at_most) };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('node.forgetTitle', { name: node.node_name })}
      note={t('node.forgetNote', figures)}
      footer={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button
            kind="danger"
            disabled={forget.isPending || (asksTwice && !isSure)}
            onClick={() => forget.mutate({ even_now: asksTwice }, { onSuccess: onClose })}
          >
            {t('node.forgetGo')}
          </Button>
        </>
      }
    >
      <p className="text-[13px] text-ink-2">{t('node.forgetSum')}</p>
      {asksTwice ? (
        <CheckField label={t('node.forgetAtWork')} checked={isSure} onChange={({ target }) => setIsSure(target.checked)} />
      ) : null}
      <ProblemNote error={forget.error} />
    </Dialog>
  );
}
