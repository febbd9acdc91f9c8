import type { Socket } from 'node:net';
import type { ConnectionSource } from '../../proxy/intake/connection-source.ts';
import type { PrimaryLine } from './primary-line.ts';

/** The connections that the primary accepts for this worker; it is told how many came and went. */
export function givenSockets(host: string, port: number, line: PrimaryLine): ConnectionSource {
  let took = 0;
  let closed = 0;
  const count = (news: { took?: number; closed?: number }) => {
    if (took + closed === 0) {
      setImmediate(() => {
        line.tell({ is: 'connections', took, closed });
        took = 0;
        closed = 0;
      });
    }
    took += news.took ?? 0;
    closed += news.closed ?? 0;
  };
  return {
    host,
    port,
    start: (take) => {
      process.on('message', (_name: unknown, socket: Socket | undefined) => {
        // Undefined: it closed on its way.
        count({ took: 1 });
        if (!socket) {
          count({ closed: 1 });
          return;
        }
        socket.on('error', () => undefined);
        socket.once('close', () => count({ closed: 1 }));
        take(socket);
      });
    },
  };
}
