/** A bug on purpose, and the test that must notice it. */
export interface Mutation {
  readonly name: string;
  /** From the root of the checkout. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test file from the root of the checkout; it is green without the bug and must turn red with it. */
  readonly test: string;
  /** Project of vitest; default: plain. */
  readonly project?: 'plain' | 'postgres' | 'programs';
}
