import type { ConfigVersion } from '@aicarpool/shared-protocol/console';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { NameButton } from '../../../ui/name-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { NoRows, Table } from '../../../ui/table.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { useVersions } from './use-versions.ts';
import { VersionPeek } from './version-peek.tsx';

/** What the config of a group was, change by change; a version opens what restoring it would change. */
export function HistoryPanel({ groupId }: { groupId: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useVersions(groupId);
  const [open, setOpen] = useState<ConfigVersion>();
  const [imports, setImports] = useState(false);
  const newest = data?.versions[0]?.version;
  return (
    <Panel
      title={t('versions.title')}
      aside={
        <span className="flex items-center gap-2">
          <a
            href={`/api/v1/carpool/groups/${groupId}/config`}
            download={`${groupId}.json`}
            className="px-2 text-[13px] text-accent hover:underline"
          >
            {t('versions.export')}
          </a>
          <Button onClick={() => setImports(true)}>{t('versions.import')}</Button>
        </span>
      }
    >
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <Versions versions={data?.versions} error={error} onOpen={setOpen} />
      {open ? (
        <VersionPeek groupId={groupId} version={open} isNewest={open.version === newest} onClose={() => setOpen(undefined)} />
      ) : null}
      {imports ? <ImportDialog groupId={groupId} onClose={() => setImports(false)} /> : null}
    </Panel>
  );
}

interface VersionsProps {
  readonly versions: readonly ConfigVersion[] | undefined;
  /** Why they are not known. */
  readonly error: unknown;
  readonly onOpen: (version: ConfigVersion) => void;
}

function Versions({ versions, error, onOpen }: VersionsProps) {
  const { t, i18n } = useTranslation();
  const countOf = ({ changed }: ConfigVersion) =>
    changed
      .map(({ kind, gone }) =>
        t(gone ? 'versions.gone' : 'versions.changed', { what: t(`versions.kinds.${kind}`, { defaultValue: kind }) }),
      )
      .filter((text, at, all) => all.indexOf(text) === at)
      .join(', ');
  return (
    <Table
      label={t('versions.title')}
      rows={versions ?? []}
      rowKey={({ version }) => String(version)}
      empty={<NoRows data={versions} error={error} none={t('versions.none')} />}
      columns={[
        {
          key: 'version',
          title: t('versions.version'),
          cell: (one) => <NameButton name={String(one.version)} onClick={() => onOpen(one)} />,
        },
        {
          key: 'at',
          title: t('events.at'),
          cell: ({ at }) => (
            <time dateTime={at} title={at}>
              {formatRelative(at, i18n.language, Date.now())}
            </time>
          ),
        },
        { key: 'by', title: t('versions.by'), cell: ({ by }) => by?.name ?? by?.kind ?? '—' },
        { key: 'what', title: t('versions.what'), cell: countOf },
      ]}
    />
  );
}
