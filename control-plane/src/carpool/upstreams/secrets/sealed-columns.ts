import type { SealedColumn } from '../../../kernel/index.ts';
import { dataKeyAad } from './data-keys.ts';

/** Everything of this domain that the master key seals. A test reads the schema for columns that are missing here. */
export const carpoolSealedColumns: readonly SealedColumn[] = [
  {
    table: 'carpool_data_keys',
    column: 'wrapped',
    key: ['group_id', 'version'],
    aadOf: (row) => dataKeyAad(row['group_id'] ?? '', Number(row['version'])),
  },
  { table: 'carpool_proxies', column: 'password', key: ['id'], aadOf: ({ id }) => `carpool_proxies/${id}` },
  {
    table: 'carpool_services',
    column: 'oauth_client_secret',
    key: ['id'],
    aadOf: ({ id }) => `carpool_services/${id}/oauth`,
  },
  {
    table: 'carpool_sign_ins',
    column: 'refresh_token',
    key: ['upstream_id'],
    aadOf: (row) => `carpool_sign_ins/${row['upstream_id']}`,
  },
  { table: 'carpool_sign_in_flows', column: 'sealed', key: ['id'], aadOf: ({ id }) => `carpool_sign_in_flows/${id}` },
];
