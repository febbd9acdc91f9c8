import { type RegisterRequest, registerAnswer } from '@aicarpool/shared-protocol';
import { DataDirBusy, openStore } from '../snapshot/open-store.ts';
import { type CallFailure, ControlPlane } from '../uplink/call-control-plane.ts';
import { newSealingPair, writeIdentity } from '../uplink/identity.ts';
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
  const { privateKey, publicKey } = newSealingPair();
  const body: RegisterRequest = {
    sealing_key: publicKey,
    build: build.slice(0, 100),
    ...(options.name !== undefined && { node_name: options.name }),
    ...(options.region !== undefined && { region: options.region }),
  };
  const controlPlane = new ControlPlane(url);
  const { signal } = new AbortController();
  const result = await controlPlane.post({
    name: 'register',
    token: options.token,
    body,
    answer: registerAnswer,
    deadlineMs,
    signal,
  });
  await controlPlane.close();
  if (!result.ok) throw explain(result.failure, url);
  const { node_id, node_token } = result.data;
  writeIdentity(dataDir, {
    version: 1,
    control_plane: url,
    node_id,
    node_token,
    node_name: options.name ?? null,
    sealing_private_key: privateKey,
    sealing_public_key: publicKey,
    enrolled_at: new Date(nowMs()).toISOString(),
  });
  return { nodeId: node_id, dataDir };
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
