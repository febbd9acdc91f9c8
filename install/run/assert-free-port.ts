import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../../control-plane/src/config.ts';

/**
 * Throws ConfigError, naming the variable to change, when `host:port` cannot be listened on. A taken port is tried for
 * `patienceMs`: programs whose supervisor was killed need a moment to leave.
 */
export async function assertFreePort(variable: string, host: string, port: number, patienceMs = 3_000): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const code = await tryPort(host, port);
    if (code === undefined) return;
    if (code !== 'EADDRINUSE') throw new ConfigError(reasonOf(code, variable, host, port));
    if (performance.now() > untilMs) {
      throw new ConfigError(`port ${port} is in use by another program: stop it, or set ${variable} to a free port`);
    }
    await delay(100);
  }
}

function reasonOf(code: string, variable: string, host: string, port: number): string {
  if (code === 'EACCES') return `port ${port} may not be used by this user: set ${variable} to one above 1023`;
  return `${host} is no address of this machine (${code}): set CARPOOL_HOST to one that is, for example 127.0.0.1`;
}

function tryPort(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
