/**
 * Did the database driver throw this on its own, outside any promise? postgres.js 3.4.9 writes to a socket that is gone
 * when a connection dies inside a transaction (`nextWrite` in connection.js). The query itself is refused as it should
 * be; only this echo of it would end the process, and with it every other request.
 */
export function isDriverFault(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  const thrownAt = (error.stack ?? '').split('\n').find((line) => line.trimStart().startsWith('at '));
  return thrownAt !== undefined && /[\\/]postgres[\\/](src|cjs[\\/]src)[\\/]connection\.js/.test(thrownAt);
}
