import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { findIdentity, type Identity, identityPath } from '../uplink/identity.ts';
import { CommandError, exitCodes } from './exit-codes.ts';

/** The data folder as an absolute path; `make`: made for its owner alone if it is not there. */
export function openDataDir(dataDir: string, make: boolean): string {
  const path = resolve(dataDir);
  try {
    if (make) mkdirSync(path, { recursive: true, mode: 0o700 });
    else if (!existsSync(path)) throw notEnrolled(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      exitCodes.cannotOpen,
      `The data folder ${path} cannot be used: ${reason}.`,
      'Make it writable for this user, or choose another with --data-dir.',
    );
  }
}

/** Who this node is; undefined when the folder was never enrolled. */
export function readIdentity(dataDir: string): Identity | undefined {
  try {
    return findIdentity(dataDir);
  } catch {
    throw new CommandError(
      exitCodes.notEnrolled,
      `${identityPath(dataDir)} cannot be read.`,
      'Restore it from a backup, or enroll this folder anew with a new token and --force.',
    );
  }
}

export function requireIdentity(dataDir: string): Identity {
  const identity = readIdentity(dataDir);
  if (identity) return identity;
  throw notEnrolled(dataDir);
}

function notEnrolled(dataDir: string): CommandError {
  return new CommandError(
    exitCodes.notEnrolled,
    `The data folder ${dataDir} is not enrolled.`,
    'Run "aicarpool-edge enroll --control-plane URL --token T --data-dir D" first; the dashboard shows the command under Nodes.',
  );
}
