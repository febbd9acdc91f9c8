import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** One change to a file, or a promise of the disk about all changes to it before. */
interface Call {
  readonly file: string;
  readonly name: string;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly data: Buffer;
  readonly offset: number;
}

const line = /^(\d+\.\d+) (\w+)\((\d+)<([^>]*)>(?:, (.*))?\) += (-?\d+).*<(\d+\.\d+)>$/;

/** What `strace -ff -ttt -T -y -xx` wrote of a program, in the order of time. */
export function readTrace(prefix: string): Call[] {
  const files = readdirSync(dirname(prefix)).filter((name) => name.startsWith(`${basename(prefix)}.`));
  return files
    .flatMap((name) =>
      readFileSync(join(dirname(prefix), name), 'latin1')
        .split('\n')
        .flatMap(readCall),
    )
    .toSorted((a, b) => a.beganAt - b.beganAt);
}

function readCall(text: string): Call[] {
  const [, began = '', name = '', , path = '', rest = '', result = '', took = ''] = line.exec(text) ?? [];
  if (name === '' || Number(result) < 0) return [];
  const beganAt = Number(began) * 1000;
  const call = {
    file: basename(path.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))),
    name,
    beganAt,
    endedAt: beganAt + Number(took) * 1000,
  };
  if (name === 'fsync' || name === 'fdatasync') return [{ ...call, data: Buffer.alloc(0), offset: 0 }];
  if (name === 'ftruncate') return [{ ...call, data: Buffer.alloc(0), offset: Number(rest) }];
  const [, hex = '', , offset = '0'] = /^"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?, \d+, (\d+)$/.exec(rest) ?? [];
  return [{ ...call, data: Buffer.from(hex.replaceAll('\\x', ''), 'hex'), offset: Number(offset) }];
}

/** What a disk may have lost of what no sync had promised: everything, some of it, or some with a torn sector. */
export type Loss = 'all' | 'some' | 'torn';

/**
 * The files as they may be after the power went at `atMs`: every change that a finished sync covers, and of the others
 * what `loss` leaves.
 */
export function cutPower(
  before: ReadonlyMap<string, Buffer>,
  calls: readonly Call[],
  { atMs, loss, random }: { atMs: number; loss: Loss; random: () => number },
): Map<string, Buffer> {
  const after = new Map<string, Buffer>([...before].map(([name, data]) => [name, Buffer.from(data)]));
  const done = calls.filter(({ beganAt }) => beganAt < atMs);
  for (const name of new Set(calls.map(({ file }) => file))) {
    const mine = done.filter(({ file }) => file === name);
    const promised = mine.filter(({ name: call, endedAt }) => call.endsWith('sync') && endedAt <= atMs).at(-1)?.beganAt ?? 0;
    for (const call of mine) {
      if (call.name.endsWith('sync')) continue;
      const isSafe = call.endedAt <= promised;
      if (!isSafe && (loss === 'all' || random() < 0.5)) continue;
      const torn = !isSafe && loss === 'torn' && random() < 0.5;
      after.set(
        name,
        change(
          after.get(name) ?? Buffer.alloc(0),
          call,
          torn ? 512 * Math.floor((random() * call.data.length) / 512) : call.data.length,
        ),
      );
    }
  }
  return after;
}

function change(file: Buffer, { name, data, offset }: Call, bytes: number): Buffer {
  if (name === 'ftruncate') {
    const cut = Buffer.alloc(offset);
    file.copy(cut, 0, 0, Math.min(offset, file.length));
    return cut;
  }
  const grown = file.length >= offset + bytes ? file : Buffer.concat([file, Buffer.alloc(offset + bytes - file.length)]);
  data.copy(grown, offset, 0, bytes);
  return grown;
}
