import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Makes the node beside the control plane a member of the fleet, once: the control plane leaves a one-time token
 * in the node's folder at its first start, and the node trades it for an identity.
 */
export async function enrolCentralNode(
  program: string,
  nodeDir: string,
  consoleUrl: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const tokenFile = join(nodeDir, 'registration-token');
  const isEnrolled = existsSync(join(nodeDir, 'identity.json'));
  // A token is left again when the control plane knows no such node: then its old identity is worth nothing.
  if (isEnrolled && !existsSync(tokenFile)) return;
  if (!existsSync(tokenFile)) {
    throw new Error(
      `the central node has no identity in ${nodeDir}, and the control plane left no token there; see the control plane's log`,
    );
  }
  const token = readFileSync(tokenFile, 'utf8').trim();
  const args = [
    program,
    'enroll',
    '--control-plane',
    consoleUrl,
    '--token',
    token,
    '--data-dir',
    nodeDir,
    '--name',
    'central',
    ...(isEnrolled ? ['--force'] : []),
  ];
  await run(process.execPath, args, { env, timeout: 30_000 });
  rmSync(tokenFile, { force: true });
}
