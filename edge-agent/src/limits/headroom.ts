export interface Room {
  readonly limit: number;
  readonly remaining: number;
  readonly windowMs: number;
  /** Until all of it is there again, if nothing more is sent. */
  readonly wholeInMs: number;
}

/** What is left of the tightest limit of each unit. */
export interface Headroom {
  readonly requests: Room | undefined;
  readonly tokens: Room | undefined;
}

/** The one of which the smallest part is left. */
export function tightest(rooms: readonly Room[]): Room | undefined {
  return rooms.reduce<Room | undefined>((best, room) => (best && shareLeft(best) <= shareLeft(room) ? best : room), undefined);
}

export function shareLeft({ limit, remaining }: Room): number {
  return limit > 0 ? remaining / limit : 0;
}
