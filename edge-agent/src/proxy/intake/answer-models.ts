import { offeredModels } from '../../routing/models/offered-models.ts';
import type { Agent } from '../agent.ts';
import type { Call, Caller } from '../exchange.ts';
import { refuse } from '../refuse.ts';
import { unlessSpoilt } from './spoilt-config.ts';

/** Model lists come from the config, not from the provider: a caller sees what he may use, and nothing else. */
export function answerModels(agent: Agent, call: Call, caller: Caller): void {
  const { endpoint, dialect, response } = call;
  let models = offeredModels(caller.group, caller.key, dialect.dialect);
  if (endpoint.operation === 'get_model') {
    models = models.filter((entry) => entry.model === endpoint.modelInPath);
    if (models.length === 0) {
      const message = `model "${endpoint.modelInPath}" is not offered to this group`;
      refuse(agent, call, dialect.dialect, unlessSpoilt(caller, { code: 'model_unknown', message }));
      return;
    }
  }
  const body = Buffer.from(dialect.writeModelList(models, endpoint));
  response.writeHead(200, [
    'content-type',
    'application/json',
    'content-length',
    String(body.length),
    'x-carpool-request-id',
    call.requestId,
  ]);
  response.end(body);
}
