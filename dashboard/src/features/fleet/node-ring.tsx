import type { FleetNodeDetail } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { useNodeChange } from './use-node-change.ts';

const rings = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** When risky changes reach this node. */
export function NodeRing({ node }: { node: FleetNodeDetail }) {
  const { t } = useTranslation();
  const change = useNodeChange(node.node_id, 'PATCH');
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <select
        aria-label={t('node.ring')}
        value={node.ring}
        disabled={change.isPending || node.retired_at !== null}
        onChange={({ target }) => change.mutate({ ring: Number(target.value) })}
        className="h-8 rounded-md border border-line-strong bg-panel px-2 max-md:h-11"
      >
        {rings.map((ring) => (
          <option key={ring} value={ring}>
            {ring === 0 ? t('node.ringFirst') : ring}
          </option>
        ))}
      </select>
      <span className="text-ink-3 text-xs">{t('node.ringHint')}</span>
      <ProblemNote error={change.error} />
    </span>
  );
}
