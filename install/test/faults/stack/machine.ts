import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Program } from './program.ts';

/** What keeps this machine from tracing a program; undefined: nothing. */
export function lacksStrace(): string | undefined {
  const { status } = spawnSync('strace', ['-f', '-e', 'trace=fsync', '-e', 'inject=fsync:delay_enter=1', 'true'], {
    stdio: 'ignore',
  });
  return status === 0 ? undefined : 'strace with fault injection is not installed, or may not trace here';
}

/** What keeps this machine from having a small disk; undefined: nothing. */
export function lacksSmallDisks(): string | undefined {
  return process.platform === 'linux' && process.getuid?.() === 0
    ? undefined
    : 'a small disk of its own (tmpfs) needs Linux and root';
}

/** A disk of its own for one folder. */
export class SmallDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static mount(path: string, sizeMiB: number): SmallDisk {
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=0700`, 'aicarpool-fault', path]);
    return new SmallDisk(path);
  }

  get freeMiB(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return (bavail * bsize) / 1024 ** 2;
  }

  /** Leaves so much free; 0: not a byte. */
  fill(leaveMiB: number): void {
    const file = openSync(join(this.path, 'filler'), 'a');
    const piece = Buffer.alloc(1024 * 1024);
    try {
      while (this.freeMiB > leaveMiB)
        if (writeSync(file, piece, 0, Math.max(4096, Math.min(piece.length, (this.freeMiB - leaveMiB) * 1024 ** 2))) === 0)
          return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  makeRoom(): void {
    rmSync(join(this.path, 'filler'), { force: true });
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.path]);
  }
}

/** System calls of a running program are made to fail or to wait, until `stop`. */
export async function injectInto(pid: number, inject: string, folder: string): Promise<{ stop(): Promise<void> }> {
  const calls = inject.split(':')[0] ?? '';
  const tracer = new Program({
    name: 'strace',
    command: 'strace',
    args: ['-f', '-p', String(pid), '-e', `trace=${calls}`, '-e', `inject=${inject}`, '-o', join(folder, 'strace.out')],
    cwd: folder,
    logFile: join(folder, 'strace.log'),
  });
  for (let waitedMs = 0; !/attached/.test(tracer.output) && tracer.isRunning && waitedMs < 5_000; waitedMs += 20) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { stop: async () => void (await tracer.end('SIGINT', 5_000)) };
}
