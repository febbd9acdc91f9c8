import { setInnerMember } from '../json/edit-members.ts';
import { readTopLevel } from '../json/read-top-level.ts';

/** Undefined: the caller asks for usage himself, or the body cannot be read. Else the body that asks for it. */
export function askForUsage(body: Buffer): Buffer | undefined {
  const top = readTopLevel(body, 0, body.length, ['stream_options']);
  if (!top.ok) return undefined;
  const range = top.values.get('stream_options');
  const inner = range && readTopLevel(body, range.start, range.end, ['include_usage']);
  const asked = inner?.ok ? inner.values.get('include_usage') : undefined;
  if (asked && body.toString('latin1', asked.start, asked.end) === 'true') return undefined;
  return setInnerMember(body, 'stream_options', 'include_usage', 'true');
}
