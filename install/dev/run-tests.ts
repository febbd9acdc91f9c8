import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const config = fileURLToPath(new URL('vitest.config.ts', import.meta.url));

/** `npm test [-- name …]`: every test that needs nothing but this checkout; arguments go on to vitest. */
const asked = process.argv.slice(2);
const everyday = ['plain', 'postgres', 'programs'].flatMap((name) => ['--project', name]);
const projects = asked.includes('--project') ? [] : everyday;

const child = spawn(process.execPath, [vitest, 'run', '--config', config, ...projects, ...asked], { stdio: 'inherit' });
child.once('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});
