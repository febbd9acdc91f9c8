import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useGroups } from '../../../lib/queries/use-groups.ts';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { isAdmin, useMe } from '../../identity/session.tsx';
import { ComparisonsPanel } from '../comparisons/comparisons-panel.tsx';
import { CoveragePanel } from './coverage-panel.tsx';

/** The books of one group, for who manages it; the group stands in the address. */
export function GroupPart() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/admin/audit' });
  const navigate = useNavigate();
  const { data: me } = useMe();
  const { data: list, error, refetch } = useGroups();
  const groups = list?.groups.filter(({ role }) => role === 'manager' || (me && isAdmin(me)));
  const groupId = search.group ?? groups?.[0]?.id;
  if (!groups) return error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <p>{t('action.loading')}</p>;
  if (groupId === undefined) return <p className="text-[13px] text-ink-2">{t('audit.noGroup')}</p>;
  return (
    <>
      <select
        aria-label={t('group.one')}
        value={groupId}
        onChange={({ target }) => void navigate({ to: '/admin/audit', search: { tab: 'group', group: target.value } })}
        className="h-8 self-start rounded-md border border-line-strong bg-panel px-2 text-[13px] max-md:h-11 max-md:w-full"
      >
        {groups.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <CoveragePanel groupId={groupId} />
      <ComparisonsPanel key={groupId} groupId={groupId} />
    </>
  );
}
