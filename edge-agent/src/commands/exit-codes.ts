/** What an exit means to the one who started the program; documented in the README. After `sysexits.h` where it fits. */
export const exitCodes = {
  done: 0,
  /** `status`: not serving. `doctor`: something fails. */
  notWell: 1,
  badArguments: 64,
  controlPlaneUnavailable: 69,
  /** The disk or the program failed. Starting again is right. */
  failed: 70,
  /** The data folder or the port is in use or cannot be written. */
  cannotOpen: 73,
  /** The books are not those that the control plane settled: they are set aside, and the next start begins new ones. */
  newBooks: 74,
  /** Somebody else is this node now. Starting again is wrong: it would drive the other one out. */
  fenced: 75,
  tokenRefused: 77,
  notEnrolled: 78,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An end that a person can do something about: one sentence what, one what to do. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  readonly advice: string;

  constructor(exitCode: ExitCode, message: string, advice: string) {
    super(message);
    this.exitCode = exitCode;
    this.advice = advice;
  }
}
