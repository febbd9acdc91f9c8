/** Why the books cannot be opened or have stopped. */
export class LedgerFailed extends Error {
  readonly code: 'locked' | 'newer' | 'not_durable' | 'disk' | 'full' | 'closed';
  constructor(code: LedgerFailed['code'], message: string) {
    super(message);
    this.name = 'LedgerFailed';
    this.code = code;
  }
}
