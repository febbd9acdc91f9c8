import { type Identity, readIdentityText } from '../uplink/identity.ts';
import { requireIdentity } from './data-dir.ts';
import { parseUrl, takeIdentity } from './enroll.ts';
import { CommandError, exitCodes } from './exit-codes.ts';

export interface KeyPlaces {
  readonly dataDir: string;
  /** The whole identity, given by whoever starts this program. */
  readonly given?: string | undefined;
  /** A registration token: the node enrolls anew with this start, and its keys are nowhere but in memory. */
  readonly token?: string | undefined;
  readonly controlPlane?: string | undefined;
}

/** Who this node is, and whether its folder keeps that (`kept`): keys from elsewhere cannot be replaced by the node itself. */
export async function findKeys(places: KeyPlaces, nowMs: () => number): Promise<{ identity: Identity; kept: boolean }> {
  const { dataDir, given, token, controlPlane } = places;
  if (token !== undefined) {
    if (controlPlane === undefined)
      throw new CommandError(exitCodes.badArguments, 'A token needs an address.', 'Add --control-plane.');
    return { identity: await takeIdentity(parseUrl(controlPlane), { token }, nowMs), kept: false };
  }
  if (given === undefined) return { identity: requireIdentity(dataDir), kept: true };
  const identity = readIdentityText(given);
  if (identity) return { identity, kept: false };
  throw new CommandError(
    exitCodes.notEnrolled,
    'CARPOOL_EDGE_IDENTITY holds no identity.',
    'It is what "aicarpool-edge enroll --print-identity" prints, unchanged.',
  );
}
