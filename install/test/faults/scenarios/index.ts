import type { Scenario } from '../scenario.ts';
import { poison } from './config/g-25-poison.ts';
import { soak } from './crowd/g-20-soak.ts';
import { reconnect } from './crowd/g-26-reconnect.ts';
import { restoredImage } from './disk/g-09-restored-image.ts';
import { diskFull } from './disk/g-10-disk-full.ts';
import { failingSync } from './disk/g-11-failing-sync.ts';
import { powerLoss } from './disk/g-12-power-loss.ts';
import { bitRot } from './disk/g-13-bit-rot.ts';
import { slowCallers } from './hostile/g-21-slow-callers.ts';
import { smuggling } from './hostile/g-22-smuggling.ts';
import { replay } from './hostile/g-23-replay.ts';
import { fuzzedBodies } from './hostile/g-24-fuzzed-bodies.ts';
import { forgedAddresses } from './hostile/g-29-ssrf.ts';
import { loudSecrets } from './hostile/g-30-canaries.ts';
import { cutFromCentre } from './network/g-06-cut-from-centre.ts';
import { cutFromProvider } from './network/g-07-cut-from-provider.ts';
import { clocks } from './network/g-08-clocks.ts';
import { malformedAnswers, mixedVersions, openStreams, providerLimits, providerResets } from './other-suites.ts';
import { killedNode } from './processes/g-01-killed-node.ts';
import { killedWorker } from './processes/g-01-killed-worker.ts';
import { centreAway } from './processes/g-02-centre-away.ts';
import { killedReplica } from './processes/g-03-killed-replica.ts';
import { killedPostgres } from './processes/g-04-killed-postgres.ts';
import { lostCommits } from './processes/g-05-lost-commits.ts';
import { slowSides } from './providers/g-14-slow-sides.ts';
import { leavingCallers } from './providers/g-18-leaving-callers.ts';
import { quotaChaos } from './quotas/g-28-quota-chaos.ts';

/** The fault table, in its order. */
export const scenarios: readonly Scenario[] = [
  killedNode,
  killedWorker,
  centreAway,
  killedReplica,
  killedPostgres,
  lostCommits,
  cutFromCentre,
  cutFromProvider,
  clocks,
  restoredImage,
  diskFull,
  failingSync,
  powerLoss,
  bitRot,
  slowSides,
  providerResets,
  malformedAnswers,
  providerLimits,
  leavingCallers,
  openStreams,
  soak,
  slowCallers,
  smuggling,
  replay,
  fuzzedBodies,
  poison,
  reconnect,
  mixedVersions,
  quotaChaos,
  forgedAddresses,
  loudSecrets,
];
