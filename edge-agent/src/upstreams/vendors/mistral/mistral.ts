import { dropMember, renameMember } from '../../../dialects/json/edit-members.ts';
import type { Vendor } from '../vendor.ts';
import { fitCallIds } from './fit-call-ids.ts';

/**
 * Mistral speaks OpenAI chat but answers 422 `extra_forbidden` to fields it does not list (editor-code-assistant/eca#231
 * shows the answer): it wants the older `max_tokens`, calls a seed `random_seed`, states usage in streams unasked, and
 * takes ids of tool calls of its own shape only.
 */
export const mistral: Vendor = {
  adaptRequest(request) {
    if (request.dialect !== 'openai-chat') return request;
    const named = renameMember(renameMember(request.body, 'max_completion_tokens', 'max_tokens'), 'seed', 'random_seed');
    const limited = dropMember(named, 'max_completion_tokens');
    return { ...request, body: fitCallIds(dropMember(limited, 'stream_options')) };
  },
};
