import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../lib/api.ts';
import { formatBound } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { Status } from '../../ui/glyph.tsx';
import { Dialog } from '../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';

interface Issued {
  readonly registration_token: string;
  readonly install_command: string;
  readonly expires_at: string;
}

/** One line to paste on the new machine, and a light that turns green when the node has come. */
export function AddNodeDialog({ known, onClose }: { known: number; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { data, error } = useQuery({
    queryKey: ['new-node'],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    queryFn: async () => ({ issued: await api<Issued>('POST', '/admin/edge-nodes/registration-tokens', {}), before: known }),
  });
  const arrived = data !== undefined && known > data.before;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('node.add')}
      note={t('node.addNote')}
      footer={
        <Button kind="primary" onClick={onClose}>
          {t('action.done')}
        </Button>
      }
    >
      <ProblemNote error={error} />
      {data ? (
        <>
          <CopyLine text={data.issued.install_command} label={t('node.command')} />
          <p className="text-[13px] text-ink-2">
            {t('node.tokenUntil', {
              time: formatBound(data.issued.expires_at, i18n.language, Date.now()),
            })}
          </p>
          <p className="text-[13px]" aria-live="polite">
            {arrived ? <Status state="ok">{t('node.arrived')}</Status> : <Status state="off">{t('node.waiting')}</Status>}
          </p>
        </>
      ) : null}
    </Dialog>
  );
}
