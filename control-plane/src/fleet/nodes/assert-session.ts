import { Conflict } from '../../kernel/errors.ts';

/** Throws 409 `session_fenced` unless the call belongs to the newest session of its node. */
export function assertSession(node: { readonly sessionNo: number }, sessionNo: number): void {
  if (node.sessionNo === sessionNo && sessionNo > 0) return;
  throw new Conflict('session_fenced', 'a newer session of this node is open: stop, or open a session of your own', {
    newest_session_no: node.sessionNo,
  });
}
