import type { LedgerProof } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatExact } from '../../../lib/format.ts';
import { Status } from '../../../ui/glyph.tsx';
import { Table } from '../../../ui/table.tsx';

/** What a reading found, beside what had been settled: only what differs. */
export function ProofDifference({ proof }: { proof: LedgerProof }) {
  const { t } = useTranslation();
  const names = Object.keys(proof.settled) as (keyof LedgerProof['settled'])[];
  const rows = names.filter((name) => proof.settled[name] !== proof.found[name]);
  const title = t('audit.differenceIn', { from: formatExact(proof.from), to: formatExact(proof.to) });
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line py-2">
      <p className="px-2.5 font-medium text-[13px]">{title}</p>
      {proof.same_chain ? null : (
        <p className="px-2.5 text-[13px]">
          <Status state="bad">{t('audit.otherChain')}</Status>
        </p>
      )}
      {rows.length > 0 ? (
        <Table
          tight
          label={title}
          rows={rows}
          rowKey={(name) => name}
          empty=""
          columns={[
            { key: 'name', title: t('audit.what'), cell: (name) => t(`audit.sums.${name}`) },
            { key: 'settled', title: t('audit.settled'), numeric: true, cell: (name) => formatExact(proof.settled[name]) },
            { key: 'found', title: t('audit.onNode'), numeric: true, cell: (name) => formatExact(proof.found[name]) },
          ]}
        />
      ) : null}
    </div>
  );
}
