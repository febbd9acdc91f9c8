import type { Address } from '../config.ts';
import { Health } from '../health/health.ts';
import type { Logger } from '../observe/log.ts';
import { type Metrics, mergeMetrics } from '../observe/metrics.ts';
import type { Agent } from '../proxy/agent.ts';
import type { OpenConfig } from '../snapshot/open-keep.ts';
import type { PostSettle } from '../uplink/settle/settle-books.ts';
import type { NodeBooks } from './books/node-books.ts';
import { Crew, type CrewParts } from './crew/crew.ts';

/** What is known before the crew is, and needed by both. */
export interface CrewLink {
  crew: Crew | undefined;
  /** Once there is a session. */
  settle: PostSettle | undefined;
}

export interface OpenCrewParts {
  readonly link: CrewLink;
  readonly workers: number;
  readonly begin: CrewParts['begin'];
  readonly pairs: CrewParts['pairs'];
  readonly listen: Address;
  readonly config: OpenConfig;
  readonly agent: Agent;
  readonly books: NodeBooks;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly onDisk: () => void;
  readonly onCrash: (reason: string) => void;
}

/** Starts the workers of a node behind its port. */
export async function openCrew(parts: OpenCrewParts): Promise<Crew> {
  const { link, books, metrics } = parts;
  const crew = await Crew.start({
    ...parts,
    metricsText: async () => (await nodeMetrics(metrics, link).text()).body,
    settle: async (question, deadlineMs) => (await link.settle?.(question, deadlineMs)) ?? tooEarly,
    onBooks: (slot) => books.reopen(slot),
    onBegun: (begun) => {
      link.crew = begun;
    },
  });
  return crew;
}

/** Health of a process that serves nobody itself and hears everything; what it finds out it tells the workers. */
export function crewHealth(link: CrewLink, chance: number): Health {
  return new Health(
    () => chance,
    (outcome) => link.crew?.outcomes(0, [outcome]),
  );
}

/** What all processes of a node counted. */
export function nodeMetrics(own: Metrics, link: CrewLink): Pick<Metrics, 'text'> {
  return {
    text: async () => {
      if (!link.crew) return own.text();
      const parts = await Promise.all([own.json(), link.crew.metrics()]);
      return mergeMetrics([parts[0], ...(parts[1] as (typeof parts)[0][])]);
    },
  };
}

const tooEarly: Awaited<ReturnType<PostSettle>> = {
  ok: false,
  failure: { kind: 'unreachable', status: null, code: 'no_session', message: 'the node is starting', retryAfterMs: null },
};

export type { Crew, CrewMember } from './crew/crew.ts';
