import type { Fact, ResourceName } from '../facts.ts';
import { advanceImage, imageOf, type ScopeImage } from './scope-image.ts';

/** Reads of one scope in the snapshot of version `head`. */
export interface ScopeSource {
  readonly epoch: string;
  readonly head: number;
  readonly readScope: (scope: string) => Promise<readonly Fact[]>;
  readonly readResources: (scope: string, names: readonly ResourceName[]) => Promise<readonly Fact[]>;
  /** What changed in the scope after a version, up to `head`; undefined: the log does not reach so far back. */
  readonly changedSince: (scope: string, version: number) => readonly ResourceName[] | undefined;
}

const maxBytesByDefault = 64 * 1024 * 1024;
/** Beyond this many changes a scope is read whole rather than row by row. */
const maxAdvance = 2000;

/**
 * The newest image of each scope, kept within a bound of bytes (the least recently used go first), so that a thousand
 * nodes that come back at once cost one read of each scope. Anything in it can be thrown away at any time.
 */
export class ScopeImages {
  readonly #maxBytes: number;
  readonly #images = new Map<string, ScopeImage>();
  #bytes = 0;
  #epoch = '';

  constructor(maxBytes: number = maxBytesByDefault) {
    this.#maxBytes = maxBytes;
  }

  /** The kept image of a scope, of whatever version. */
  find(epoch: string, scope: string): ScopeImage | undefined {
    return epoch === this.#epoch ? this.#images.get(scope) : undefined;
  }

  /** The image at `source.head`: the kept one where it is right, else `base` brought forward, else read whole. */
  async at(scope: string, source: ScopeSource, base: ScopeImage | undefined): Promise<ScopeImage> {
    if (source.epoch !== this.#epoch) this.#forgetAll(source.epoch);
    for (const image of [this.#images.get(scope), base]) {
      if (!image || image.changedAt > source.head || source.head > image.checkedAt) continue;
      this.#keep(scope, image);
      return image;
    }
    const image = base && base.checkedAt < source.head ? await bringForward(scope, base, source) : await readWhole(scope, source);
    const rival = this.#images.get(scope);
    if (source.epoch === this.#epoch && (!rival || rival.checkedAt < image.checkedAt)) this.#keep(scope, image);
    return image;
  }

  #keep(scope: string, image: ScopeImage): void {
    this.#bytes += image.bytes - (this.#images.get(scope)?.bytes ?? 0);
    this.#images.delete(scope);
    this.#images.set(scope, image);
    for (const [oldest, { bytes }] of this.#images) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#images.delete(oldest);
      this.#bytes -= bytes;
    }
  }

  #forgetAll(epoch: string): void {
    this.#images.clear();
    this.#bytes = 0;
    this.#epoch = epoch;
  }
}

async function bringForward(scope: string, kept: ScopeImage, source: ScopeSource): Promise<ScopeImage> {
  const names = source.changedSince(scope, kept.checkedAt);
  if (!names || names.length > maxAdvance) return await readWhole(scope, source);
  const facts = names.length === 0 ? [] : await source.readResources(scope, names);
  return advanceImage(kept, names, facts, source.head);
}

async function readWhole(scope: string, source: ScopeSource): Promise<ScopeImage> {
  return imageOf(await source.readScope(scope), source.head);
}
