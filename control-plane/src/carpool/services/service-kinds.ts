import type { ServiceKind } from '@aicarpool/shared-protocol/console';
import { builtInServices, type ServiceDefinition } from './built-in-services.ts';

type Kind = Pick<
  ServiceDefinition,
  'dialects' | 'credential_headers' | 'default_headers' | 'models_path' | 'usage_in_streams' | 'on_client_gone'
> & { readonly vendor: string };

function like(id: string): Omit<Kind, 'vendor'> {
  const found = builtInServices.find((service) => service.id === id);
  if (!found) throw new Error(`there is no built-in service ${id}`);
  return found;
}

const chatOnly = { ...like('openai'), dialects: { 'openai-chat': '' }, usage_in_streams: true };
const noModels = { models_path: null };

/** What a service that somebody adds is like. `vendor` names the folder of the node that knows the provider's ways. */
export const serviceKinds: Readonly<Record<ServiceKind, Kind>> = {
  'openai-compatible': { ...chatOnly, vendor: '' },
  'openai-responses-compatible': { ...like('openai'), vendor: '' },
  'anthropic-compatible': { ...like('claude'), vendor: '' },
  'gemini-compatible': { ...like('gemini'), vendor: '' },
  mistral: { ...chatOnly, vendor: 'mistral' },
  bedrock: { ...like('claude'), ...noModels, on_client_gone: 'drain', vendor: 'bedrock' },
  vertex: {
    ...like('gemini'),
    ...noModels,
    dialects: { gemini: '', 'anthropic-messages': '' },
    vendor: 'vertex',
  },
};
