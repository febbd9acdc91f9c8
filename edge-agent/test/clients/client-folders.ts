import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Stage } from './stage.ts';

/** A home and a work folder of its own, and an environment that names no way out but the one that refuses. */
export async function clientFolders(stage: Stage): Promise<{ home: string; work: string; env: Record<string, string> }> {
  const home = join(stage.dir, 'home');
  const work = join(stage.dir, 'work');
  const tmp = join(stage.dir, 'tmp');
  for (const folder of [home, work, tmp]) await mkdir(folder, { recursive: true });
  const wayOut = stage.wayOut.origin;
  const here = '127.0.0.1,localhost';
  const env = {
    PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    HOME: home,
    TMPDIR: tmp,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    SHELL: '/bin/sh',
    HTTPS_PROXY: wayOut,
    https_proxy: wayOut,
    HTTP_PROXY: wayOut,
    http_proxy: wayOut,
    NO_PROXY: here,
    no_proxy: here,
  };
  return { home, work, env };
}
