import { AnswerHomes } from '../../routing/answer-homes.ts';
import type { Homes } from '../messages.ts';

/** Who keeps which answer, told to the other workers as soon as it is known: the next request of a session may go to any. */
export class SharedHomes extends AnswerHomes {
  readonly #tell: (homes: Homes) => void;
  #held: [string, string][] = [];

  constructor(tell: (homes: Homes) => void) {
    super();
    this.#tell = tell;
  }

  override remember(answerId: string, upstreamId: string): void {
    super.remember(answerId, upstreamId);
    if (this.#held.length === 0) setImmediate(() => this.#flush());
    this.#held.push([answerId, upstreamId]);
  }

  hear(homes: Homes): void {
    for (const [answerId, upstreamId] of homes) super.remember(answerId, upstreamId);
  }

  #flush(): void {
    const homes = this.#held;
    this.#held = [];
    this.#tell(homes);
  }
}
