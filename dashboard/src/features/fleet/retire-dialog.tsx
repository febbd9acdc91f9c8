import type { FleetNodeDetail, retiredNode } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/overlay/confirm-dialog.tsx';
import { Dialog } from '../../ui/overlay/dialog.tsx';
import { Table } from '../../ui/table.tsx';
import { useNodeChange } from './use-node-change.ts';

type Retired = z.infer<typeof retiredNode>;

/** Retires a node, and then says which credentials have to be rotated because of it. */
export function RetireDialog({ node, onClose }: { node: FleetNodeDetail; onClose: () => void }) {
  const { t } = useTranslation();
  const retire = useNodeChange<Retired>(node.node_id, 'DELETE');
  if (!retire.data)
    return (
      <ConfirmDialog
        title={t('node.retireTitle', { name: node.node_name })}
        note={t('node.retireNote')}
        go={t('node.retireGo')}
        act={retire}
        onGo={() => retire.mutate(undefined)}
        onClose={onClose}
      />
    );
  const accounts = retire.data.readable_upstreams;
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={t('node.retired', { name: node.node_name })}
      note={t(accounts.length > 0 ? 'node.readable' : 'node.readNothing')}
      footer={
        <Button kind="primary" onClick={onClose}>
          {t('action.done')}
        </Button>
      }
    >
      {accounts.length > 0 ? (
        <div className="overflow-hidden rounded-md border border-line">
          <Table
            tight
            label={t('node.readable')}
            rows={accounts}
            rowKey={({ upstream_id }) => upstream_id}
            empty=""
            columns={[
              { key: 'name', title: t('group.name'), cell: ({ name }) => <span className="font-medium">{name}</span> },
              { key: 'service', title: t('usage.service'), cell: ({ service }) => service },
              { key: 'group', title: t('group.one'), cell: ({ group_id }) => <code className="text-xs">{group_id}</code> },
            ]}
          />
        </div>
      ) : null}
    </Dialog>
  );
}
