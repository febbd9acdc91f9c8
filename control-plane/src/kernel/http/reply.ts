/** The envelope of every answer: `{"success": true, "data": …}`. */
export function ok<T>(data: T): { success: true; data: T } {
  return { success: true, data };
}

export interface Page {
  readonly page: number;
  readonly limit: number;
}

/** The offset for SQL of a page that counts from 1. */
export function offsetOf({ page, limit }: Page): number {
  return (page - 1) * limit;
}

/** What a list answers beside its rows. */
export function paginationOf({ page, limit }: Page, total: number): { page: number; limit: number; total: number } {
  return { page, limit, total };
}
