import { randomFillSync } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

const pieceBytes = 1024 * 1024;

/**
 * Makes a file of `bytes` whose room on the disk is really taken: written, not only sized, and with bytes that no file
 * system can compress. It has its name only once it is whole. Rejects, with nothing left behind, when the disk refuses
 * or `signal` ends it.
 */
export async function preallocate(path: string, bytes: number, signal: AbortSignal): Promise<void> {
  const part = `${path}.part`;
  try {
    const file = await open(part, 'w', 0o600);
    try {
      for (let at = 0; at < bytes; at += pieceBytes) {
        signal.throwIfAborted();
        await file.write(randomFillSync(Buffer.allocUnsafe(Math.min(pieceBytes, bytes - at))));
      }
      await file.sync();
    } finally {
      await file.close();
    }
    signal.throwIfAborted();
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
