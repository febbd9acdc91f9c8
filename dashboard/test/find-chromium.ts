import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A browser of this machine; on Debian, as root, installed when there is none. undefined: it cannot be had here. */
export function findChromium(): string | undefined {
  const known = places.find((path) => existsSync(path));
  if (known || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return known;
  try {
    execFileSync('sh', ['-c', 'apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk'], {
      stdio: 'ignore',
      timeout: 300_000,
    });
  } catch {
    return undefined;
  }
  return places.find((path) => existsSync(path));
}
