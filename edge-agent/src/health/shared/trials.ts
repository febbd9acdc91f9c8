import type { GroupEntry } from '../../snapshot/snapshot.ts';
import type { Target } from '../target.ts';

/** Grants trials: what was out or rested is tried by one request at a time, whichever process of the node it is in. */
export interface TrialOffice {
  /** `over` is called once the trial has shown something. Undefined: another request is trying, or it is too early. */
  claim(target: Target, group: GroupEntry): Promise<{ readonly over: () => void } | undefined>;
}
