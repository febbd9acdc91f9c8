import { connect } from 'node:net';

/** Writes bytes to a port and gives what came back until it matches, the other side hangs up or the time is over. */
export function sayRaw(port: number, text: string | Buffer, waitMs: number, enough?: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let heard = '';
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(heard);
    };
    const timer = setTimeout(done, waitMs);
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      heard += piece;
      if (enough?.test(heard)) done();
    });
    socket.on('error', done);
    socket.on('close', done);
    socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  });
}
