import type { Dialect } from '@aicarpool/shared-protocol';

/** What an error of a provider means, whatever word its API has for it. */
export type Meaning =
  | 'authentication'
  | 'billing'
  | 'permission'
  | 'not_found'
  | 'timeout'
  | 'conflict'
  | 'too_large'
  | 'rate_limit'
  | 'used_up'
  | 'internal'
  | 'overloaded'
  | 'invalid';

/** One API as a provider speaks it: pieces of answers, and its errors. Every whole answer says "hello" and states 25 + 15. */
export interface Speech {
  readonly dialect: Dialect;
  readonly answer: string;
  /** Without a word about usage. */
  readonly uncounted: string;
  readonly countedZero: string;
  /** The beginning of a stream, before there is content. */
  readonly start: string;
  readonly hello: string;
  readonly end: string;
  /** With so many tokens of output in place of 15. */
  endOf(output: number): string;
  readonly endUncounted: string;
  /** Breaks off within an event, and within a character. */
  readonly half: string;
  readonly midCharacter: Buffer;
  error(status: number, meaning: Meaning): string;
  /** In place of what a stream goes on with. */
  errorEvent(status: number, meaning: Meaning): string;
  /** A 429 that says "in 30 s" by the means of its own API. */
  readonly waitOfItsOwn: { readonly headers: Readonly<Record<string, string>>; readonly body: string };
}

/** The first two bytes of a euro sign. */
export const halfCharacter = Buffer.from('€').subarray(0, 2);
