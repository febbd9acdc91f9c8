import { type Dialect, type Feature, feature } from '@aicarpool/shared-protocol';
import { isObject } from '../answer/read-value.ts';
import { isFilled, type RequestTree, toolsOf } from './request-tree.ts';

const everything: ReadonlySet<Feature> = new Set(feature.options);

/** What a request makes use of. One that cannot be read may make use of anything. */
export function readFeatures(dialect: Dialect, request: RequestTree | undefined): ReadonlySet<Feature> {
  if (!request) return everything;
  const found = new Set<Feature>();
  const tools = toolsOf(request);
  if (tools.length > 0 || isFilled(request['functions'])) found.add('tools');
  if (tools.some(searchesTheWeb) || isObject(request['web_search_options'])) found.add('web_search');
  if (asksForThinking(dialect, request)) found.add('thinking');
  const conversation = [request['messages'], request['input'], request['contents'], request['system']];
  if (conversation.some((part) => holdsPicture(part, 0))) found.add('vision');
  return found;
}

function searchesTheWeb(tool: unknown): boolean {
  if (!isObject(tool)) return false;
  const { type } = tool;
  if (typeof type === 'string' && (type.startsWith('web_search') || type.startsWith('web_fetch'))) return true;
  return ['googleSearch', 'google_search', 'googleSearchRetrieval', 'google_search_retrieval'].some((name) => name in tool);
}

function asksForThinking(dialect: Dialect, request: RequestTree): boolean {
  if (dialect === 'anthropic-messages') {
    const { thinking } = request;
    return isObject(thinking) && thinking['type'] !== 'disabled';
  }
  if (dialect === 'gemini') {
    const config = request['generationConfig'] ?? request['generation_config'];
    const thinking = isObject(config) ? (config['thinkingConfig'] ?? config['thinking_config']) : undefined;
    return isObject(thinking) && (thinking['thinkingBudget'] ?? thinking['thinking_budget']) !== 0;
  }
  const { reasoning } = request;
  const effort = request['reasoning_effort'] ?? (isObject(reasoning) ? reasoning['effort'] : undefined);
  return typeof effort === 'string' && effort !== 'none';
}

const pictureTypes: ReadonlySet<unknown> = new Set(['image', 'image_url', 'input_image']);
const deepest = 12;

function holdsPicture(value: unknown, depth: number): boolean {
  if (depth > deepest) return true;
  if (Array.isArray(value)) return value.some((one) => holdsPicture(one, depth + 1));
  if (!isObject(value)) return false;
  if (pictureTypes.has(value['type']) || isInlinePicture(value)) return true;
  return ['content', 'parts', 'output', 'functionResponse', 'function_response'].some((name) =>
    holdsPicture(value[name], depth + 1),
  );
}

function isInlinePicture(part: RequestTree): boolean {
  const data = part['inlineData'] ?? part['inline_data'] ?? part['fileData'] ?? part['file_data'];
  if (!isObject(data)) return false;
  const mimeType = data['mimeType'] ?? data['mime_type'];
  return typeof mimeType !== 'string' || mimeType.startsWith('image/') || mimeType.startsWith('video/');
}
