import { CommandError, exitCodes } from '../exit-codes.ts';

/** For `.catch`: turns the error of a port that cannot be opened into one that a person understands. */
export function portError(address: string, source: string): (error: unknown) => never {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const reason = typeof code === 'string' ? reasons[code] : undefined;
    if (reason === undefined) throw error;
    throw new CommandError(
      exitCodes.cannotOpen,
      `${address} cannot be listened on: ${reason}.`,
      `Choose another address with ${source}.`,
    );
  };
}

const reasons: Record<string, string> = {
  EADDRINUSE: 'another program has the port',
  EACCES: 'this user may not open that port',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'this host name is not known',
};
