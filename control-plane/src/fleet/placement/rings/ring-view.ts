import { lt } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import type { Fact, Facts, ResourceName } from '../../facts.ts';
import { ScopeImages } from '../../sync/scope-images.ts';
import { fleetRollouts } from '../../tables.ts';
import { holdBack } from './hold-back.ts';

type Reads = Pick<Facts, 'readScope' | 'readResources'>;

/** What the nodes of one ring are told, and the images of that. */
export interface RingView extends Reads {
  readonly images: ScopeImages;
}

const bytesPerRing = 16 * 1024 * 1024;
const ringsAtMost = 16;

/** The config as each ring sees it. Ring 0, and every ring while nothing is on its way to it, see the config as it is. */
export class RingViews {
  readonly #facts: Facts;
  readonly #images: ScopeImages;
  readonly #outer = new Map<string, ScopeImages>();

  constructor(facts: Facts, images: ScopeImages) {
    this.#facts = facts;
    this.#images = images;
  }

  /** `tx` is the snapshot that the answer is read in. */
  async of(tx: Db, ring: number): Promise<RingView> {
    const all = { readScope: this.#facts.readScope, readResources: this.#facts.readResources, images: this.#images };
    if (ring === 0) return all;
    const held = await tx.select().from(fleetRollouts).where(lt(fleetRollouts.ring, ring));
    if (held.length === 0) return all;
    const name = held
      .map(({ scope, kind, id, baseVersion }) => `${scope} ${kind} ${id} ${baseVersion}`)
      .sort()
      .join('\n');
    const keep = async (scope: string, facts: readonly Fact[], readTx: Db): Promise<readonly Fact[]> => {
      const concerned = held.filter((rollout) => rollout.scope === scope);
      if (concerned.length === 0) return facts;
      return await Promise.all(
        facts.map(async (fact) => {
          const rollout = concerned.find(({ kind, id }) => kind === fact.kind && id === fact.id);
          const before = rollout && (await this.#facts.readFactAt(readTx, scope, fact, rollout.baseVersion));
          return before ? holdBack(fact, before) : fact;
        }),
      );
    };
    return {
      images: this.#imagesOf(name),
      readScope: async (readTx: Db, scope: string) => await keep(scope, await this.#facts.readScope(readTx, scope), readTx),
      readResources: async (readTx: Db, scope: string, names: readonly ResourceName[]) =>
        await keep(scope, await this.#facts.readResources(readTx, scope, names), readTx),
    };
  }

  /** Images that were read while other changes were held back are of no use. */
  #imagesOf(name: string): ScopeImages {
    const known = this.#outer.get(name);
    if (known) return known;
    if (this.#outer.size >= ringsAtMost) this.#outer.clear();
    const fresh = new ScopeImages(bytesPerRing);
    this.#outer.set(name, fresh);
    return fresh;
  }
}
