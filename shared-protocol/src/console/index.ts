/**
 * The console contracts: what browsers and scripts may ask of the control plane, one file per domain.
 * The REST API and its OpenAPI document come from here.
 */
import { carpoolContract } from './carpool.ts';
import { fleetContract } from './fleet.ts';
import { identityContract } from './identity.ts';
import { insightContract } from './insight.ts';
import { ledgerAuditContract } from './ledger-audit.ts';
import { providerExportsContract } from './provider-exports.ts';
import { statementsContract } from './statements.ts';

export * from './carpool.ts';
export * from './fleet.ts';
export * from './identity.ts';
export * from './insight.ts';
export * from './ledger-audit.ts';
export * from './provider-exports.ts';
export * from './statements.ts';
export * from './stats-report.ts';

export const contract = {
  identity: identityContract,
  carpool: carpoolContract,
  fleet: fleetContract,
  insight: insightContract,
  statements: statementsContract,
  providerExports: providerExportsContract,
  ledgerAudit: ledgerAuditContract,
};
