import { accessSync, constants, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Address } from '../../config.ts';
import { findIdentity, type Identity } from '../../uplink/identity.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { fencedMark, findRecord, isAlive } from '../record/node-record.ts';
import { checkSettlement } from '../record/settlement-record.ts';
import { checkBooks } from './check-books.ts';
import { checkControlPlane } from './check-control-plane.ts';
import { checkDurability, checkPermissions, checkSpace } from './check-disk.ts';
import { checkPort } from './check-port.ts';
import { checkWorkers } from './check-workers.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

export interface DoctorOptions {
  readonly dataDir: string;
  readonly listen: Address;
  readonly controlPlane?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Looks at everything a node needs, changes nothing, and says what to do. Exit code 1 when something fails. */
export async function doctor(options: DoctorOptions, nowMs: () => number): Promise<ExitCode> {
  const findings = await examine(options, nowMs);
  if (options.json) console.log(JSON.stringify(findings, null, 2));
  else
    for (const { what, verdict, found, advice } of findings) {
      console.log(`${verdict.padEnd(5)} ${what.padEnd(14)} ${found}`);
      if (advice !== undefined) console.log(`${''.padEnd(20)} → ${advice}`);
    }
  return findings.some(({ verdict }) => verdict === 'fail') ? exitCodes.notWell : exitCodes.done;
}

async function examine(options: DoctorOptions, nowMs: () => number): Promise<Finding[]> {
  const dataDir = resolve(options.dataDir);
  const folder = checkFolder(dataDir);
  if (folder) return [folder];
  const record = findRecord(dataDir);
  const runs = record !== undefined && isAlive(record, nowMs());
  const findings = [
    checkPermissions(dataDir),
    checkSpace(dataDir),
    checkDurability(dataDir, () => performance.now()),
    ...checkBooks(dataDir),
    await checkPort(options.listen, runs && record.listen === `${options.listen.host}:${options.listen.port}`),
  ];
  const fencedAt = fencedMark.find(dataDir);
  if (fencedAt !== undefined) {
    findings.push(
      fail('fence', `another process became this node at ${fencedAt}`, 'Delete the copy, then run with --take-over.'),
    );
  }
  if (runs && record.settlement) findings.push(checkSettlement(record.settlement));
  if (runs) findings.push(...checkWorkers(record));
  if (runs && record.config.slot === 'previous') {
    const advice = 'Save the rejected resources again in the dashboard, or upgrade this node; see its log.';
    findings.push(warn('config', 'the newest config crashed this node; the one before is in use', advice));
  }
  const identity = checkIdentity(dataDir);
  findings.push(identity.finding);
  const url = options.controlPlane ?? identity.url;
  if (url !== undefined) findings.push(...(await checkControlPlane(url, identity.identity, nowMs)));
  return findings;
}

function checkFolder(dataDir: string): Finding | undefined {
  try {
    if (!existsSync(dataDir))
      return fail('data folder', `${dataDir} does not exist`, 'Enroll this node first, or correct --data-dir.');
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return fail('data folder', `${dataDir} is not writable`, 'Run as the user that owns it, or correct its permissions.');
  }
}

function checkIdentity(dataDir: string): { finding: Finding; url?: string; identity?: Identity } {
  try {
    const identity = findIdentity(dataDir);
    if (!identity) return { finding: fail('enrolled', 'no', 'Run "aicarpool-edge enroll"; the dashboard shows the command.') };
    return { finding: ok('enrolled', `as ${identity.node_id}`), url: identity.control_plane, identity };
  } catch {
    return { finding: fail('enrolled', 'identity.json cannot be read', 'Restore it, or enroll anew with --force.') };
  }
}
