import type { TrialOffice } from '../../health/health.ts';
import type { PrimaryLine } from './primary-line.ts';
import type { Tickets } from './tickets.ts';

const claimDeadlineMs = 5_000;

/** Trials are granted by the primary, one at a time for the whole node. */
export function remoteTrials(line: PrimaryLine, tickets: Tickets): TrialOffice {
  return {
    claim: async ({ upstream, model }, group) => {
      const ticket = tickets.next();
      const over = tickets.closer(ticket);
      const wish = { want: 'trial', ticket, groupId: group.id, upstreamId: upstream.id, model } as const;
      const granted = await line.ask(wish, claimDeadlineMs);
      if (granted === true) return { over };
      if (granted === undefined) over();
      return undefined;
    },
  };
}
