import type { UpstreamImportReport } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { Button } from '../../../ui/button.tsx';
import { TextArea } from '../../../ui/form/field.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { Table } from '../../../ui/table.tsx';

const example = 'name,service_name,auth_type,credential,priority\nteam 1,claude,api_key,sk-…,1';

/** First what would happen, row by row; then, for the very same text, the import itself. */
export function ImportDialog({ groupId, onClose }: { groupId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [content, setContent] = useState('');
  const run = useImport(groupId, content);
  const report = run.data;
  const mayImport = report?.dry_run === true && report.imported > 0;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('import.title')}
      note={t('import.note')}
      footer={
        <>
          <Button onClick={onClose}>{t(report && !report.dry_run ? 'action.done' : 'action.cancel')}</Button>
          {mayImport ? (
            <Button kind="primary" disabled={run.isPending} onClick={() => run.mutate(false)}>
              {t('import.go', { count: report.imported })}
            </Button>
          ) : (
            <Button kind="primary" disabled={run.isPending || content.trim() === ''} onClick={() => run.mutate(true)}>
              {t('import.check')}
            </Button>
          )}
        </>
      }
    >
      <TextArea
        label={t('import.content')}
        rows={8}
        autoComplete="off"
        value={content}
        placeholder={example}
        hint={t('import.hint')}
        onChange={({ target }) => {
          setContent(target.value);
          run.reset();
        }}
      />
      <ProblemNote error={run.error} />
      {report ? <Report report={report} /> : null}
    </Dialog>
  );
}

function useImport(groupId: string, content: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (dryRun: boolean) =>
      api<UpstreamImportReport>('POST', `/carpool/groups/${groupId}/upstream-accounts/import`, {
        format: content.trimStart().startsWith('[') ? 'json' : 'csv',
        content,
        dry_run: dryRun,
      }),
    onSuccess: (report) => (report.dry_run ? undefined : client.invalidateQueries({ queryKey: ['groups', groupId] })),
  });
}

function Report({ report }: { report: UpstreamImportReport }) {
  const { t } = useTranslation();
  return (
    <>
      <p role="status" className="text-[13px]">
        {t(report.dry_run ? 'import.would' : 'import.did', { imported: report.imported, failed: report.failed })}
      </p>
      <Table
        label={t('import.rows')}
        rows={report.rows}
        rowKey={({ row }) => String(row)}
        empty={t('import.empty')}
        columns={[
          { key: 'row', title: t('import.row'), numeric: true, cell: ({ row }) => row },
          { key: 'name', title: t('group.name'), cell: ({ name }) => name ?? '—' },
          {
            key: 'is',
            title: t('group.status'),
            cell: ({ status }) => (
              <Status state={status === 'ok' ? 'ok' : status === 'error' ? 'bad' : 'off'}>{t(`import.is.${status}`)}</Status>
            ),
          },
          {
            key: 'why',
            title: t('events.why'),
            cell: ({ errors }) =>
              errors.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join(' · ') || '—',
          },
        ]}
      />
    </>
  );
}
