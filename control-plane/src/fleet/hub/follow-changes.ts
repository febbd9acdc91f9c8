import { type Head, type Listening, listenForChanges } from '../../kernel/change-log.ts';
import type { Ctx } from '../../kernel/context.ts';
import type { Database } from '../../kernel/db.ts';
import type { SettlementParts } from '../settlement/settlement-parts.ts';
import { followLimits } from '../settlement/windows/follow-limits.ts';
import { type PokeParts, pokeConcerned } from './poke-concerned.ts';

export interface FollowParts extends PokeParts {
  readonly settlement: SettlementParts;
}

/**
 * Pokes nodes with every change of config, and brings open windows to changed limits. One look at a time: what comes
 * meanwhile is in the next look.
 */
export async function followChanges(ctx: Ctx, database: Database, parts: FollowParts): Promise<Listening> {
  let seen: Head | undefined;
  let newest: Head | undefined;
  let looking: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    while (newest && newest !== seen) {
      const head = newest;
      const from = seen && seen.epoch === head.epoch ? seen.head : undefined;
      seen = head;
      if (from === undefined) {
        parts.hub.poke(head.head, null);
        continue;
      }
      try {
        await pokeConcerned(ctx, parts, from);
      } catch (error) {
        ctx.log.debug({ error }, 'who is concerned could not be read; poking every node');
        parts.hub.poke(head.head, null);
      }
      await followLimits(ctx, parts.settlement, from, head.head).catch((error: unknown) =>
        ctx.log.warn({ error }, 'changed limits could not be applied; the next settlements will'),
      );
    }
  };
  const onHead = (head: Head): void => {
    newest = head;
    looking ??= look().finally(() => {
      looking = undefined;
    });
  };

  const listening = await listenForChanges(database, onHead, { log: ctx.log });
  return {
    async close() {
      await listening.close();
      await looking;
    },
  };
}
