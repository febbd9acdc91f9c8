/** What was measured of an account lately; null: too little to tell. */
export interface Figures {
  /** 0 to 1. */
  readonly successRate: number | null;
  readonly firstByteMs: number | null;
}

export const noFigures: Figures = { successRate: null, firstByteMs: null };
