/** What of a JSON document is worth reading. Everything that a shape does not name is walked over and forgotten. */
export type Shape =
  | { readonly kind: 'skip' }
  /** The value is kept, parsed, up to 64 KiB of it. */
  | { readonly kind: 'keep' }
  /** The bytes of every string inside count as content; `except` names members that are no content. */
  | { readonly kind: 'count'; readonly except: readonly string[]; readonly exceptBytes: readonly Buffer[] }
  /** `items` is the shape of elements when the value is an array. */
  | { readonly kind: 'walk'; readonly members: readonly Member[]; readonly items: Shape };

export interface Member {
  readonly name: string;
  readonly bytes: Buffer;
  readonly shape: Shape;
}

export const skip: Shape = { kind: 'skip' };
export const keep: Shape = { kind: 'keep' };

export function count(...except: readonly string[]): Shape {
  return { kind: 'count', except, exceptBytes: except.map((name) => Buffer.from(name)) };
}

export function object(members: Readonly<Record<string, Shape>>): Shape {
  return { kind: 'walk', members: toMembers(members), items: skip };
}

export function list(items: Shape): Shape {
  return { kind: 'walk', members: [], items };
}

/** An object, or an array of such objects. */
export function objectOrList(members: Readonly<Record<string, Shape>>): Shape {
  return { kind: 'walk', members: toMembers(members), items: object(members) };
}

function toMembers(members: Readonly<Record<string, Shape>>): Member[] {
  return Object.entries(members).map(([name, shape]) => ({ name, bytes: Buffer.from(name), shape }));
}

/** The shape of a member of an object with `shape`, by the raw bytes of its key; undefined: not wanted. */
export function findMember(shape: Shape, key: Buffer, length: number): Member | undefined {
  if (shape.kind !== 'walk') return undefined;
  for (const member of shape.members) if (isSame(member.bytes, key, length)) return member;
  return undefined;
}

export function isExcepted(shape: Shape, key: Buffer, length: number): boolean {
  return shape.kind === 'count' && shape.exceptBytes.some((name) => isSame(name, key, length));
}

function isSame(name: Buffer, key: Buffer, length: number): boolean {
  if (name.length !== length) return false;
  for (let i = 0; i < length; i++) if (name[i] !== key[i]) return false;
  return true;
}
