import type { Line } from '../line/line.ts';
import type { AskedOfPrimary, AskedOfWorker, ToPrimary, ToWorker } from '../messages.ts';

/** The line to the process that has the session, the config and the port. */
export type PrimaryLine = Line<ToPrimary, AskedOfPrimary, ToWorker, AskedOfWorker>;
