import { DataDirBusy, openStore } from '../snapshot/disk/open-store.ts';
import { type CallFailure, ControlPlane } from '../uplink/call-control-plane.ts';
import { type Identity, writeIdentity } from '../uplink/identity.ts';
import { join } from '../uplink/signing/join.ts';
import { openDataDir, readIdentity } from './data-dir.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import { build } from './version.ts';

export interface EnrollOptions {
  readonly controlPlane: string;
  readonly token: string;
  readonly dataDir: string;
  readonly name?: string | undefined;
  readonly region?: string | undefined;
  readonly force?: boolean | undefined;
}

const deadlineMs = 20_000;

/** Spends a registration token on this folder. Writes the identity whole or not at all; gives the id of the node. */
export async function enroll(options: EnrollOptions, nowMs: () => number): Promise<{ nodeId: string; dataDir: string }> {
  const url = parseUrl(options.controlPlane);
  const dataDir = openDataDir(options.dataDir, true);
  assertFree(dataDir, options.force ?? false);
  const identity = await takeIdentity(url, options, nowMs);
  writeIdentity(dataDir, identity);
  return { nodeId: identity.node_id, dataDir };
}

/** Makes keys, and trades the token for a place among the nodes of the control plane that the token names. */
export async function takeIdentity(
  url: string,
  { token, name, region }: Pick<EnrollOptions, 'token' | 'name' | 'region'>,
  nowMs: () => number,
): Promise<Identity> {
  const controlPlane = new ControlPlane(url);
  const about = {
    build: build.slice(0, 100),
    ...(name !== undefined && { node_name: name }),
    ...(region !== undefined && { region }),
  };
  const signal = AbortSignal.timeout(deadlineMs);
  const joined = await join(controlPlane, token, about, { nowMs, signal });
  await controlPlane.close();
  if (joined === 'no token') throw explain(noToken, url);
  if (joined === 'other control plane') throw otherControlPlane(url);
  if (!joined.ok) throw explain(joined.failure, url);
  const { answer, identityPair, sealingPair, signingKeys } = joined.data;
  const at = new Date(nowMs()).toISOString();
  return {
    version: 2,
    control_plane: url,
    node_id: answer.node_id,
    node_name: name ?? null,
    identity_key: identityPair,
    sealing_keys: [sealingPair],
    signing_keys: [...signingKeys],
    keys_made_at: at,
    enrolled_at: at,
  };
}

const noToken: CallFailure = {
  kind: 'refused',
  status: 401,
  code: 'registration_refused',
  message: 'it is not a registration token as the dashboard shows it',
  retryAfterMs: null,
};

function otherControlPlane(url: string): CommandError {
  return new CommandError(
    exitCodes.tokenRefused,
    `${url} is not the control plane that made this token: it could not prove it. Nothing was told to it.`,
    'Check --control-plane; if the address is right, somebody stands between it and this machine.',
  );
}

export function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.search === '' &&
    url.hash === ''
  ) {
    return url.href.replace(/\/+$/, '');
  }
  throw new CommandError(
    exitCodes.badArguments,
    `"${text}" is not the address of a control plane.`,
    'Give it as https://host or http://host:port, as in the address bar of the dashboard.',
  );
}

// The database is opened for a moment: it belongs to a node that runs, if one does.
function assertFree(dataDir: string, force: boolean): void {
  const identity = readForForce(dataDir, force);
  if (identity && !force) {
    throw new CommandError(
      exitCodes.cannotOpen,
      `${dataDir} is already enrolled as node ${identity.node_id} at ${identity.control_plane}.`,
      'Choose another --data-dir for a second node, or add --force to give this one up and enroll anew.',
    );
  }
  try {
    openStore(dataDir, () => undefined).close();
  } catch (error) {
    if (!(error instanceof DataDirBusy)) throw error;
    throw new CommandError(
      exitCodes.cannotOpen,
      `A node is running on ${dataDir}.`,
      'Stop it first, or choose another --data-dir.',
    );
  }
}

function readForForce(dataDir: string, force: boolean) {
  try {
    return readIdentity(dataDir);
  } catch (error) {
    if (force) return undefined;
    throw error;
  }
}

function explain(failure: CallFailure, url: string): CommandError {
  if (failure.kind === 'unreachable') {
    return new CommandError(
      exitCodes.controlPlaneUnavailable,
      `The control plane at ${url} cannot be reached: ${failure.message}.`,
      'Check the address and that this machine may connect to it. If it did answer late, the token is spent: make a new one.',
    );
  }
  if (failure.status === 401 || failure.status === 403 || failure.status === 410) {
    return new CommandError(
      exitCodes.tokenRefused,
      `The registration token was refused: ${failure.message}.`,
      'A token works once and for a limited time. Make a new one in the dashboard under Nodes.',
    );
  }
  if (failure.kind === 'rubbish') {
    return new CommandError(
      exitCodes.controlPlaneUnavailable,
      `${url} ${failure.message}.`,
      'Check --control-plane: it must be the address of an AiCarpool control plane, without a path.',
    );
  }
  return new CommandError(exitCodes.failed, `The control plane refused to enroll this node: ${failure.message}.`, 'See its log.');
}
