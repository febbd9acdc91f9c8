export interface Visitor {
  readonly groupId: string;
  readonly userId: string;
  readonly keyId: string;
  /** null: as many as come. */
  readonly groupMost: number | null;
  readonly userMost: number | null;
  readonly keyMost: number | null;
  /** A person waits for it: goes before what runs in the background. */
  readonly urgent: boolean;
}

export type Whose = 'group' | 'member' | 'key';

/** This node's part of limits that others keep too. */
export interface Parts {
  /** How many of a limit may be inside on this node, where so many are or would like to be. */
  most(whose: Whose, visitor: Visitor, limit: number, wanted: number): number;
  /** So many are inside now. */
  counted(whose: Whose, visitor: Visitor, inside: number): void;
}

const everything: Parts = { most: (_whose, _visitor, limit) => limit, counted: () => undefined };

export interface TurnstileLimits {
  /** What may wait for one group; what comes beyond is refused at once. */
  readonly waitingPerGroup: number;
  readonly waitMs: number;
}

export type Entry = 'in' | 'full' | 'late' | 'gone';

interface Waiting {
  readonly visitor: Visitor;
  readonly arrival: number;
  decide(entry: Entry): void;
}

/** A group with requests inside or in line. */
interface Room {
  readonly groupId: string;
  inside: number;
  /** By member; nobody with none. */
  readonly members: Map<string, number>;
  readonly line: Waiting[];
}

/** One look at who may go in. What this node may have of each limit is asked for once in it, however long the line is. */
interface Look {
  readonly room: Room;
  /** Of a group all are held to what whoever came last knows of its limit. */
  readonly isFull: () => boolean;
  readonly members: Map<string, number>;
  readonly keys: Map<string, number>;
}

/**
 * Lets so many requests of a group, a member and a key in at once; the others wait in a bounded line. Whose turn it is:
 * the member with the fewest requests inside, then what a person waits for, then who came first. So a member who sends
 * a thousand requests delays another by one place at most.
 */
export class Turnstile {
  readonly #limits: TurnstileLimits;
  readonly #rooms = new Map<string, Room>();
  readonly #keys = new Map<string, number>();
  #arrivals = 0;
  readonly #parts: Parts;

  constructor(limits: TurnstileLimits, parts: Parts = everything) {
    this.#limits = limits;
    this.#parts = parts;
  }

  /** Without waiting; false: `wait` for it, or give up. Whoever is in calls `leave` once. */
  tryEnter(visitor: Visitor): boolean {
    const room = this.#room(visitor.groupId);
    const look = this.#look(room, visitor);
    const isOpen = !look.isFull() && this.#fits(look, visitor) && !room.line.some((other) => this.#fits(look, other.visitor));
    if (isOpen) this.#count(room, visitor, 1);
    this.#dropEmpty(room);
    return isOpen;
  }

  /** `onGone` is given a function to call when the caller hangs up. */
  wait(visitor: Visitor, onGone: (hangUp: () => void) => void): Promise<Entry> {
    const room = this.#room(visitor.groupId);
    const { line } = room;
    if (line.length >= this.#limits.waitingPerGroup) return Promise.resolve('full');
    this.#arrivals += 1;
    const arrival = this.#arrivals;
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiting.decide('late'), this.#limits.waitMs);
      const waiting: Waiting = {
        visitor,
        arrival,
        decide: (entry) => {
          const at = line.indexOf(waiting);
          if (at < 0) return;
          line.splice(at, 1);
          this.#dropEmpty(room);
          clearTimeout(timer);
          resolve(entry);
        },
      };
      line.push(waiting);
      onGone(() => waiting.decide('gone'));
    });
  }

  leave(visitor: Visitor): void {
    const room = this.#room(visitor.groupId);
    this.#count(room, visitor, -1);
    this.#letIn(room);
    this.#dropEmpty(room);
  }

  /** More may be inside than before. */
  widened(): void {
    for (const room of [...this.#rooms.values()]) {
      this.#letIn(room);
      this.#dropEmpty(room);
    }
  }

  #letIn(room: Room): void {
    const last = room.line.at(-1);
    if (!last) return;
    const look = this.#look(room, last.visitor);
    for (let next = this.#next(look); next; next = this.#next(look)) {
      this.#count(room, next.visitor, 1);
      next.decide('in');
    }
  }

  #room(groupId: string): Room {
    const known = this.#rooms.get(groupId);
    if (known) return known;
    const room: Room = { groupId, inside: 0, members: new Map(), line: [] };
    this.#rooms.set(groupId, room);
    return room;
  }

  #dropEmpty({ groupId, inside, line }: Room): void {
    if (inside === 0 && line.length === 0) this.#rooms.delete(groupId);
  }

  #next(look: Look): Waiting | undefined {
    if (look.isFull()) return undefined;
    const { room } = look;
    let best: Waiting | undefined;
    for (const waiting of room.line) {
      if ((!best || isBefore(room, waiting, best)) && this.#fits(look, waiting.visitor)) best = waiting;
    }
    return best;
  }

  #look(room: Room, newest: Visitor): Look {
    let most: number | undefined;
    const isFull = () => {
      if (newest.groupMost === null) return false;
      most ??= this.#most(room, 'group', newest, newest.groupMost, room.inside);
      return room.inside >= most;
    };
    return { room, isFull, members: new Map(), keys: new Map() };
  }

  /** As far as his member and his key go. */
  #fits({ room, members, keys }: Look, visitor: Visitor): boolean {
    const { userMost, keyMost, userId, keyId } = visitor;
    const most = (known: Map<string, number>, whose: Whose, id: string, limit: number, many: number) => {
      const said = known.get(id) ?? this.#most(room, whose, visitor, limit, many);
      known.set(id, said);
      return said;
    };
    const ofMember = room.members.get(userId) ?? 0;
    if (userMost !== null && ofMember >= most(members, 'member', userId, userMost, ofMember)) return false;
    const ofKey = this.#keys.get(keyId) ?? 0;
    return keyMost === null || ofKey < most(keys, 'key', keyId, keyMost, ofKey);
  }

  /** Of those in line at the most so many are wanted. */
  #most({ line }: Room, whose: Whose, visitor: Visitor, limit: number, many: number): number {
    return this.#parts.most(whose, visitor, limit, many + Math.max(1, line.length));
  }

  #count(room: Room, visitor: Visitor, by: 1 | -1): void {
    const { userId, keyId, groupMost, userMost, keyMost } = visitor;
    room.inside += by;
    const ofMember = add(room.members, userId, by);
    const ofKey = add(this.#keys, keyId, by);
    if (groupMost !== null) this.#parts.counted('group', visitor, room.inside);
    if (userMost !== null) this.#parts.counted('member', visitor, ofMember);
    if (keyMost !== null) this.#parts.counted('key', visitor, ofKey);
  }
}

function isBefore({ members }: Room, one: Waiting, other: Waiting): boolean {
  const fewer = (members.get(one.visitor.userId) ?? 0) - (members.get(other.visitor.userId) ?? 0);
  if (fewer !== 0) return fewer < 0;
  if (one.visitor.urgent !== other.visitor.urgent) return one.visitor.urgent;
  return one.arrival < other.arrival;
}

function add(counts: Map<string, number>, name: string, by: 1 | -1): number {
  const count = (counts.get(name) ?? 0) + by;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
  return count;
}
