import type { Socket } from 'node:net';

/** Failures of sockets that had carried an answer and then took a request in silence: they may only have grown old. */
const ofUsedSockets = new WeakSet<Error>();

/**
 * True when `error` came from a socket that had carried an earlier answer and of which not a byte was read since the
 * request was written. Bytes of a handshake count for nothing here, so TLS changes nothing.
 */
export function cameFromUsedSocket(error: Error): boolean {
  return ofUsedSockets.has(error);
}

/** Follows what undici writes to the socket and reads from it; nothing else tells an old answer from a new one. */
export function watchSocket(socket: Socket): void {
  const { write, read } = socket;
  let hasCarriedAnswer = false;
  let isAnswering = false;
  socket.write = ((...args: unknown[]): boolean => {
    hasCarriedAnswer ||= isAnswering;
    isAnswering = false;
    return Boolean(Reflect.apply(write, socket, args));
  }) as Socket['write'];
  socket.read = (bytes?: number): unknown => {
    const chunk: unknown = Reflect.apply(read, socket, [bytes]);
    if (chunk !== null) isAnswering = true;
    return chunk;
  };
  socket.on('error', (failure) => {
    if (hasCarriedAnswer && !isAnswering) ofUsedSockets.add(failure);
  });
}
