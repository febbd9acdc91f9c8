import type { MemberStatement, Statement } from '@aicarpool/shared-protocol/console';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount, formatMoney } from '../../../lib/format.ts';
import { NameButton } from '../../../ui/name-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { Table } from '../../../ui/table.tsx';
import { MemberPeek } from './member-peek.tsx';

/** Who pays what; a name opens what it is made of. */
export function MembersTable({ statement }: { statement: Statement }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<MemberStatement>();
  return (
    <Panel title={t('statement.byMember')}>
      <Table
        label={t('statement.byMember')}
        rows={statement.members}
        rowKey={({ user_id }) => user_id}
        empty={t('usage.none')}
        columns={[
          {
            key: 'name',
            title: t('usage.member'),
            cell: (member) => (
              <span className="flex items-center gap-2">
                <NameButton name={member.name} onClick={() => setOpen(member)} />
                {member.is_member ? null : <span className="text-ink-3 text-xs">{t('statement.gone')}</span>}
              </span>
            ),
          },
          { key: 'requests', title: t('usage.requests'), numeric: true, cell: ({ requests }) => formatCount(requests) },
          { key: 'tokens', title: t('usage.tokens'), numeric: true, cell: ({ tokens }) => formatCount(tokens.total) },
          { key: 'measured', title: t('statement.measured'), numeric: true, cell: (one) => formatMoney(one.measured_usd) },
          { key: 'fixed', title: t('statement.fixed'), numeric: true, cell: (one) => formatMoney(one.fixed_usd) },
          {
            key: 'adjustment',
            title: t('statement.adjustment'),
            numeric: true,
            cell: (one) => (one.adjustment_usd === 0 ? '—' : formatMoney(one.adjustment_usd)),
          },
          {
            key: 'total',
            title: t('statement.total'),
            numeric: true,
            cell: (one) => <span className="font-semibold">{formatMoney(one.total_usd)}</span>,
          },
        ]}
      />
      {open ? <MemberPeek member={open} onClose={() => setOpen(undefined)} /> : null}
    </Panel>
  );
}
