import { createServer } from 'node:net';
import type { Address } from '../../config.ts';
import { type Finding, fail, ok } from './finding.ts';

/** Could a node listen here? A node of this folder that already does is as it should be. */
export async function checkPort({ host, port }: Address, runsHere: boolean): Promise<Finding> {
  if (runsHere) return ok('port', `${host}:${port}, held by this node`);
  const server = createServer();
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve);
    server.listen(port, host, () => resolve(undefined));
  });
  if (error) return fail('port', `${host}:${port}: ${error.code ?? error.message}`, 'Choose another address with --listen.');
  await new Promise((resolve) => server.close(resolve));
  return ok('port', `${host}:${port} is free`);
}
