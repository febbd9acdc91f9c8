import Database from 'better-sqlite3';

export function describeFailure(error: unknown): string {
  if (error instanceof Database.SqliteError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/**
 * The disk has no room (SHMSIZE: for the shared index of the log), or another process holds the file: try again later,
 * nothing is lost.
 */
export function isTransient(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(FULL|BUSY|IOERR_SHMSIZE)/.test(error.code);
}

/** Does `work` unless the disk has no room, which is then said; other failures are thrown on. */
export function unlessFull(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (isTransient(error)) return describeFailure(error);
    throw error;
  }
}
