import type { SealedColumn } from '../../kernel/index.ts';
import { proofKeyAad } from '../enrollment/registration-claim.ts';
import { sessionKeyAad } from './calls/session-keys.ts';
import { signingKeyAad } from './signing-keys/signing-keys.ts';

/** Everything of this domain that the master key seals. */
export const fleetSealedColumns: readonly SealedColumn[] = [
  { table: 'fleet_signing_keys', column: 'wrapped', key: ['id'], aadOf: ({ id = '' }) => signingKeyAad(id) },
  { table: 'fleet_registration_tokens', column: 'proof_key', key: ['id'], aadOf: ({ id = '' }) => proofKeyAad(id) },
  {
    table: 'fleet_session_keys',
    column: 'sealed',
    key: ['node_id', 'session_no', 'generation'],
    aadOf: (row) => sessionKeyAad(row['node_id'] ?? '', Number(row['session_no']), Number(row['generation'])),
  },
];
