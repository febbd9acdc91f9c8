import { asSystem, type Ctx } from '../kernel/context.ts';
import type { Database } from '../kernel/db.ts';
import type { Facts } from './facts.ts';
import type { FleetParts } from './fleet-parts.ts';
import { fleetChannel, readFleetNews } from './hub/fleet-channel.ts';
import { followChanges } from './hub/follow-changes.ts';
import { Hub } from './hub/hub.ts';
import { noteClosedStream } from './hub/note-closed-stream.ts';
import { forgetOldKeys } from './identity/calls/session-keys.ts';
import { ensureSigningKeys } from './identity/signing-keys/ensure-signing-keys.ts';
import { SigningKeys } from './identity/signing-keys/signing-keys.ts';
import { markOffline } from './nodes/mark-offline.ts';
import { Placements } from './placement/placements.ts';
import { promoteRollouts } from './placement/rings/promote-rollouts.ts';
import { RingViews } from './placement/rings/ring-view.ts';
import { type AskOptions, askNodes, type NodeReply, type Question } from './questions/ask-nodes.ts';
import { forgetQuestions, passAnswerOn, passQuestionsOn } from './questions/pass-on.ts';
import { askProbe, type ProbeReply, type ProbeWish } from './questions/probes/ask-probe.ts';
import { forgetProbes, passProbeOn, passResultOn } from './questions/probes/pass-on.ts';
import { noQuotas, type QuotaFacts } from './settlement/quota-facts.ts';
import { openSettlement } from './settlement/settlement-parts.ts';
import { forgetShares } from './settlement/shares/lease-shares.ts';
import { ScopeImages } from './sync/scope-images.ts';

export interface FleetOptions {
  readonly database: Database;
  readonly publicUrl: string;
  /** What carpool says: its `readScope`, `readResources`, `dataKeysOf` and `listPlaceableGroups`. */
  readonly facts: Facts;
  /** What carpool says of quotas; absent: there are none. */
  readonly quotas?: QuotaFacts;
}

export interface Fleet extends FleetParts {
  /** See `questions/ask-nodes.ts`. */
  readonly askNodes: (ctx: Ctx, question: Question, options: AskOptions) => Promise<NodeReply[]>;
  /** See `probes/ask-probe.ts`. */
  readonly askProbe: (ctx: Ctx, wish: ProbeWish) => Promise<ProbeReply>;
  /** Ends the streams of this replica and its watches. */
  close(): Promise<void>;
}

const tidyEveryMs = 10_000;

/** Starts the fleet side of one replica: it follows config changes and the other replicas, and watches for silent nodes. */
export async function startFleet(ctx: Ctx, { database, publicUrl, facts, quotas = noQuotas }: FleetOptions): Promise<Fleet> {
  const system = asSystem(ctx, 'fleet');
  const inBackground = (work: Promise<unknown>, what: string): void => {
    const done = work
      .catch((error: unknown) => system.log.warn({ error }, `${what}; the next time may do better`))
      .finally(() => pending.delete(done));
    pending.add(done);
  };
  const pending = new Set<Promise<unknown>>();
  const hub = new Hub((stream) => inBackground(noteClosedStream(system, stream.id), 'a closed stream could not be noted'));
  const placements = new Placements(facts);
  const parts: FleetParts = {
    facts,
    hub,
    placements,
    rings: new RingViews(facts, new ScopeImages()),
    signingKeys: new SigningKeys(),
    settlement: openSettlement(ctx.keyring, quotas),
    publicUrl,
  };
  await ensureSigningKeys(system);
  // With another master key nothing here could be opened: that is said before anything is served.
  await parts.signingKeys.published(system);
  const following = await followChanges(system, database, parts);
  const onNews = (payload: string): void => {
    const news = readFleetNews(payload);
    if (news?.about === 'session') hub.fence(news.nodeId, news.sessionNo);
    if (news?.about === 'recall') hub.recall(news.nodeId, news.wins);
    if (news?.about === 'question')
      inBackground(passQuestionsOn(system, hub, news.nodeId, news.questionId), 'a question was lost');
    if (news?.about === 'probe') inBackground(passProbeOn(system, hub, news.nodeId, news.probeId), 'a probe was lost');
    if (news?.about === 'probe answer') inBackground(passResultOn(system, hub, news.probeId), 'the result of a probe was lost');
    if (news?.about === 'answer') inBackground(passAnswerOn(system, hub, news.nodeId, news.questionId), 'an answer was lost');
  };
  const listening = await database.sql.listen(fleetChannel, onNews);
  const tidying = setInterval(() => tidy(system, facts, inBackground), tidyEveryMs);
  return {
    ...parts,
    askNodes: (askCtx, question, options) => askNodes(hub, askCtx, question, options),
    askProbe: (askCtx, wish) => askProbe(parts, askCtx, wish),
    async close() {
      clearInterval(tidying);
      hub.close();
      await Promise.allSettled([following.close(), listening.unlisten()]);
      await Promise.allSettled(pending);
    },
  };
}

/** What every replica sees to now and then; any of them may fail, and is done again the next time. */
function tidy(system: Ctx, facts: Facts, inBackground: (work: Promise<unknown>, what: string) => void): void {
  inBackground(markOffline(system), 'silent nodes could not be marked');
  inBackground(forgetQuestions(system), 'old questions could not be deleted');
  inBackground(forgetProbes(system), 'old probes could not be deleted');
  inBackground(forgetShares(system), 'old leases could not be deleted');
  inBackground(forgetOldKeys(system), 'old session keys could not be deleted');
  inBackground(promoteRollouts(system, facts), 'changes could not be let through to the next ring');
}
