import { readFileSync } from 'node:fs';

/**
 * Loaded by `--import` into a program under test, and by that into its threads: the wall clock of this process says what
 * the file named in `?file=` asks for. Monotonic clocks stay true, as on a machine whose date is set.
 */
interface Shift {
  readonly offsetMs: number;
  /** 1.05: five percent too fast. */
  readonly rate: number;
  readonly sinceMs: number;
}

const file = new URL(import.meta.url).searchParams.get('file') ?? '';
const RealDate = Date;
const realNow = RealDate.now.bind(RealDate);
let shift: Shift = { offsetMs: 0, rate: 1, sinceMs: realNow() };

function look(): void {
  try {
    shift = JSON.parse(readFileSync(file, 'utf8')) as Shift;
  } catch {
    // Half-written or not there yet: the last one stands.
  }
}

look();
setInterval(look, 20).unref();

const shiftedNow = (): number => {
  const real = realNow();
  return Math.floor(real + shift.offsetMs + (real - shift.sinceMs) * (shift.rate - 1));
};

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, newTarget),
  apply: () => new RealDate(shiftedNow()).toString(),
  get: (target, name, receiver) => (name === 'now' ? shiftedNow : Reflect.get(target, name, receiver)),
});
