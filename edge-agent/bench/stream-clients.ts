import { connect, type Socket } from 'node:net';

/** Told by messages: to open streams, and to say how long events took to arrive. */
export type StreamOrder =
  | { readonly do: 'open'; readonly port: number; readonly request: string; readonly streams: number }
  | { readonly do: 'measure'; readonly seconds: number }
  | { readonly do: 'close' };

export interface StreamsOpened {
  /** Streams of which the first bytes came, and what the rest got: a status, or the name of an error. */
  readonly open: number;
  readonly others: Readonly<Record<string, number>>;
}

export interface StreamsMeasured {
  readonly events: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly broken: number;
}

const openAtOnce = 200;
const openWithinMs = 30_000;
const sockets = new Set<Socket>();
let broken = 0;
let delaysUs: number[] | undefined;
const mark = Buffer.from('"leftAtUs":');

function look(part: Buffer): void {
  if (!delaysUs) return;
  const nowUs = Number(process.hrtime.bigint() / 1000n);
  for (let at = part.indexOf(mark); at !== -1; at = part.indexOf(mark, at + mark.length)) {
    const from = at + mark.length;
    const leftAtUs = Number(part.toString('latin1', from, part.indexOf('}', from)));
    if (Number.isFinite(leftAtUs)) delaysUs.push(nowUs - leftAtUs);
  }
}

/** Resolves with `open`, a status, or the name of an error. */
function openOne(port: number, request: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const late = setTimeout(() => resolve('silent'), openWithinMs);
    let isOpen = false;
    socket.on('data', (part: Buffer) => {
      if (isOpen) return look(part);
      isOpen = true;
      clearTimeout(late);
      const status = part.toString('latin1', 9, 12);
      if (status === '200') sockets.add(socket);
      else socket.destroy();
      return resolve(status === '200' ? 'open' : status);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('close', () => {
      if (sockets.delete(socket)) broken += 1;
      resolve('closed');
    });
    socket.write(request);
  });
}

async function open({ port, request, streams }: Extract<StreamOrder, { do: 'open' }>): Promise<StreamsOpened> {
  const others: Record<string, number> = {};
  let opened = 0;
  for (let left = streams; left > 0; left -= openAtOnce) {
    const ends = await Promise.all(Array.from({ length: Math.min(left, openAtOnce) }, () => openOne(port, request)));
    for (const end of ends) {
      if (end === 'open') opened += 1;
      else others[end] = (others[end] ?? 0) + 1;
    }
  }
  return { open: opened, others };
}

async function measure(seconds: number): Promise<StreamsMeasured> {
  broken = 0;
  const taken: number[] = [];
  delaysUs = taken;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  delaysUs = undefined;
  taken.sort((a, b) => a - b);
  const at = (share: number) => (taken[Math.min(taken.length - 1, Math.floor(taken.length * share))] ?? Number.NaN) / 1000;
  return { events: taken.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), broken };
}

process.on('message', async (order: StreamOrder) => {
  if (order.do === 'open') process.send?.(await open(order));
  else if (order.do === 'measure') process.send?.(await measure(order.seconds));
  else {
    for (const socket of [...sockets]) {
      sockets.delete(socket);
      socket.destroy();
    }
    process.send?.({ closed: true });
  }
});
process.send?.({ port: 0 });

// Whoever measures may be killed, and nobody is to go on working for him.
process.once('disconnect', () => process.exit());
