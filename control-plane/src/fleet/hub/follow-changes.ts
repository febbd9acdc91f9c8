import { type Head, type Listening, listenForChanges } from '../../kernel/change-log.ts';
import type { Ctx } from '../../kernel/context.ts';
import type { Database } from '../../kernel/db.ts';
import { type PokeParts, pokeConcerned } from './poke-concerned.ts';

/** Pokes nodes with every change of config, one look at a time: what comes meanwhile is in the next look. */
export async function followChanges(ctx: Ctx, database: Database, parts: PokeParts): Promise<Listening> {
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
