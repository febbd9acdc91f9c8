import type { SealedDataKey } from '@aicarpool/shared-protocol';
import type { ContactState } from '../contact.ts';

/** What one change of the config did, for the processes of this node that follow it. In the order in which it happened. */
export type ConfigChange =
  | {
      readonly is: 'scope';
      /** Grows with every change; what was read from `config.db` knows up to which it has them. */
      readonly no: number;
      readonly scope: string;
      readonly removed: readonly (readonly [kind: string, id: string])[];
      /** `text`: the body as JSON. */
      readonly added: readonly { readonly kind: string; readonly id: string; readonly text: string }[];
      readonly dataKeys: readonly SealedDataKey[];
    }
  | { readonly is: 'dropped'; readonly no: number; readonly scope: string }
  /** Read everything anew: it is too much to say, or the config went back. */
  | { readonly is: 'reload' }
  /** The changes so far come into use together, under this name. */
  | { readonly is: 'active'; readonly epoch: string; readonly version: number; readonly damaged: readonly string[] }
  | { readonly is: 'contact'; readonly contact: ContactState };

const saidAtMost = 1_000;
const saidAtMostChars = 2_000_000;

/** A change as it is told: one that is long is read from disk instead. */
export function toTell(change: Extract<ConfigChange, { is: 'scope' }>): ConfigChange {
  const chars = change.added.reduce((sum, { text }) => sum + text.length, 0);
  const isLong = change.added.length + change.removed.length > saidAtMost || chars > saidAtMostChars;
  return isLong ? { is: 'reload' } : change;
}

/** Tells whoever follows. Nobody does in a node of one process. */
export class ConfigNews {
  readonly #followers = new Set<(change: ConfigChange) => void>();

  /** Call what it returns when no more is to be told. */
  follow(follower: (change: ConfigChange) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  get isFollowed(): boolean {
    return this.#followers.size > 0;
  }

  tell(change: ConfigChange): void {
    for (const follower of this.#followers) follower(change);
  }
}
