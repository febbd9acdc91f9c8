import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Room that the node keeps for itself, so that what it has begun can still be booked when others fill the disk. */
export function ballastPath(dataDir: string): string {
  return join(dataDir, 'ledger.ballast');
}

/** Gives the room to the books; false: there was none. It is taken again once there is enough (room-keeper.ts). */
export function dropBallast(dataDir: string): boolean {
  const path = ballastPath(dataDir);
  if (!existsSync(path)) return false;
  rmSync(path);
  return true;
}
