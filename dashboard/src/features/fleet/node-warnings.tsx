import type { FleetNodeDetail } from '@aicarpool/shared-protocol/console';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { Glyph, type State } from '../../ui/glyph.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { useNodeChange } from './use-node-change.ts';

/** What an administrator has to decide about a node. */
export function NodeWarnings({ node }: { node: FleetNodeDetail }) {
  const { t, i18n } = useTranslation();
  const approve = useNodeChange(node.node_id, 'POST', '/approve');
  return (
    <>
      {node.waiting && node.retired_at === null ? (
        <Note state="draft" title={t('node.waits')} text={t('node.letInNote')}>
          <code className="break-all font-mono text-xs">{node.identity_key_id ?? t('node.tokenOnly')}</code>
          <Button kind="primary" className="self-start" disabled={approve.isPending} onClick={() => approve.mutate(undefined)}>
            {t('node.letIn')}
          </Button>
          <ProblemNote error={approve.error} />
        </Note>
      ) : null}
      {node.identity_conflict_at ? (
        <Note
          state="bad"
          title={t('node.conflict')}
          text={t('node.conflictNote', { when: formatRelative(node.identity_conflict_at, i18n.language, Date.now()) })}
        />
      ) : null}
    </>
  );
}

function Note({ state, title, text, children }: { state: State; title: string; text: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line-strong bg-raised px-3 py-2.5 text-[13px]">
      <p className="flex items-center gap-2 font-semibold">
        <Glyph state={state} />
        {title}
      </p>
      <p>{text}</p>
      {children}
    </div>
  );
}
