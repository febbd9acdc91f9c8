import type { Db } from '../../../kernel/index.ts';
import { carpoolSeeds } from '../../tables.ts';

/** Notes that something was put into this installation, in place of an older note of the same name. */
export async function rememberSeed(tx: Db, name: string, version: string, appliedAt: Date): Promise<void> {
  await tx
    .insert(carpoolSeeds)
    .values({ name, version, appliedAt })
    .onConflictDoUpdate({ target: carpoolSeeds.name, set: { version, appliedAt } });
}
