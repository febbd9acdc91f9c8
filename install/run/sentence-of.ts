import { ConfigError } from '../../control-plane/src/config.ts';
import { PartFailed } from './part.ts';

const refusals: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'a file is in the way of a folder',
  EEXIST: 'a file is in the way of a folder',
  ENOSPC: 'the disk is full',
};

/** What a failed start tells a person; undefined: nobody expected it, so show everything. */
export function sentenceOf(error: unknown): string | undefined {
  if (error instanceof PartFailed || error instanceof ConfigError) return error.message;
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined;
  const reason = refusals[String(error.code)];
  return reason && `${String(error.path)} cannot be written (${reason}): set CARPOOL_DATA_DIR to a folder that can`;
}
