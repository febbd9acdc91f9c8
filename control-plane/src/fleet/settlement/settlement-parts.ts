import type { Keyring } from '../../kernel/secrets/seal.ts';
import { SettlementMemory } from './memory.ts';
import type { QuotaFacts } from './quota-facts.ts';
import { Receipts } from './windows/receipts.ts';

/** What the settlements of one replica share. */
export interface SettlementParts {
  readonly facts: QuotaFacts;
  readonly memory: SettlementMemory;
  readonly receipts: Receipts;
}

export function openSettlement(keyring: Pick<Keyring, 'derive'>, facts: QuotaFacts): SettlementParts {
  return { facts, memory: new SettlementMemory(facts), receipts: new Receipts(keyring) };
}
