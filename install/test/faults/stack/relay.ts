import { connect, createServer } from 'node:net';

/** `relay.ts HOST PORT TARGET-HOST TARGET-PORT`: hands on what it gets. Ends with its parent's signal. */
const [host = '', port = '', targetHost = '', targetPort = ''] = process.argv.slice(2);
const server = createServer((near) => {
  const far = connect({ host: targetHost, port: Number(targetPort), noDelay: true });
  near.setNoDelay(true);
  near.on('error', () => far.destroy());
  far.on('error', () => near.resetAndDestroy());
  near.pipe(far).pipe(near);
});
server.listen(Number(port), host, () => console.log('relays'));
