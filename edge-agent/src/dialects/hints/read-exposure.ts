import type { Dialect } from '@aicarpool/shared-protocol';
import { isObject } from '../answer/read-value.ts';
import { isFilled, type RequestTree, toolsOf } from './request-tree.ts';

/** What of a request cannot be told from its length. */
export interface RequestExposure {
  /** It names something that stands elsewhere (a file, a page, an earlier answer), or holds a document or a film: as long as can be. */
  readonly readsElsewhere: boolean;
  /** What its pictures may count besides their bytes. */
  readonly pictureTokens: number;
  /** It brings tools along, which providers explain to the model in words of their own. */
  readonly hasTools: boolean;
  /** The provider runs tools of its own, and asks the model again with what they found. */
  readonly runsTools: boolean;
  /** Answers that are asked for at once. */
  readonly choices: number;
}

/** The most that one picture counts, by provider. */
const tokensOfPicture: Readonly<Record<Dialect, number>> = {
  'anthropic-messages': 5_000,
  'openai-chat': 50_000,
  'openai-responses': 50_000,
  gemini: 20_000,
};

/** Members of a request that go on from something the provider keeps. */
const keptThere = ['previous_response_id', 'conversation', 'prompt', 'cachedContent', 'cached_content', 'container'];
/** Where the conversation stands. */
const conversation = [
  'messages',
  'input',
  'contents',
  'system',
  'systemInstruction',
  'system_instruction',
  'requests',
  'content',
];
/** Members of a part that point out of the body. */
const pointers: ReadonlySet<string> = new Set(['file_id', 'file_url', 'file_data', 'fileData', 'fileUri', 'file_uri']);
/** What a tool is called with is text, whatever it is named. */
const argumentsOfTools: ReadonlySet<string> = new Set(['input', 'args', 'arguments']);
/** Tools that the caller runs itself; every other one is the provider's. */
const ownTools: ReadonlySet<unknown> = new Set(['custom', 'function', 'namespace', 'client']);
const clientTools = ['bash_', 'text_editor_', 'computer_', 'memory_', 'local_shell', 'shell', 'apply_patch', 'computer_use'];
const providerTools = ['googleSearch', 'google_search', 'googleSearchRetrieval', 'google_search_retrieval', 'urlContext'];
const moreProviderTools = [
  'url_context',
  'codeExecution',
  'code_execution',
  'googleMaps',
  'google_maps',
  'fileSearch',
  'file_search',
];
const deepest = 64;
/** More than any budget pays for: who asks for so many is refused by amount, not served by a lower estimate. */
const choicesAtMost = Number.MAX_SAFE_INTEGER;

const everything: RequestExposure = { readsElsewhere: true, pictureTokens: 0, hasTools: true, runsTools: true, choices: 8 };

/** One that cannot be read is exposed to everything. */
export function readExposure(dialect: Dialect, request: RequestTree | undefined): RequestExposure {
  if (!request) return everything;
  const tools = toolsOf(request);
  const found = { readsElsewhere: false, pictures: 0 };
  for (const name of conversation) look(request[name], found, 0);
  const isKeptThere = keptThere.some((name) => typeof request[name] === 'string' || isObject(request[name]));
  return {
    readsElsewhere: found.readsElsewhere || isKeptThere || isFilled(request['mcp_servers']),
    pictureTokens: found.pictures * tokensOfPicture[dialect],
    hasTools: tools.length > 0 || isFilled(request['functions']),
    runsTools: isObject(request['web_search_options']) || tools.some(isProviderTool),
    choices: choicesOf(request),
  };
}

interface Found {
  readsElsewhere: boolean;
  pictures: number;
}

function look(value: unknown, found: Found, depth: number): void {
  if (found.readsElsewhere || typeof value !== 'object' || value === null) return;
  if (depth > deepest) {
    found.readsElsewhere = true;
    return;
  }
  if (Array.isArray(value)) {
    for (const one of value) look(one, found, depth + 1);
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    if (pointers.has(name) && inner !== null && inner !== '') found.readsElsewhere = true;
    else if (!argumentsOfTools.has(name)) look(inner, found, depth + 1);
  }
  lookAtPart(value as RequestTree, found);
}

function lookAtPart(part: RequestTree, found: Found): void {
  const { type } = part;
  if (type === 'document' || type === 'file' || type === 'input_file' || type === 'item_reference') {
    if (!isTextSource(part['source'])) found.readsElsewhere = true;
  }
  const data = part['inlineData'] ?? part['inline_data'];
  if (isObject(data) && !isPicture(data['mimeType'] ?? data['mime_type'])) found.readsElsewhere = true;
  if (type === 'image' || type === 'image_url' || type === 'input_image' || data !== undefined) found.pictures += 1;
}

/** Plain text stands in the body itself. */
function isTextSource(source: unknown): boolean {
  return isObject(source) && (source['type'] === 'text' || source['type'] === 'content');
}

function isPicture(mimeType: unknown): boolean {
  return typeof mimeType === 'string' && (mimeType.startsWith('image/') || mimeType.startsWith('audio/'));
}

function isProviderTool(tool: unknown): boolean {
  if (!isObject(tool)) return false;
  if ([...providerTools, ...moreProviderTools].some((name) => name in tool)) return true;
  const { type } = tool;
  if (typeof type !== 'string' || ownTools.has(type)) return false;
  return !clientTools.some((name) => type.startsWith(name));
}

/** The most that any spelling says; some providers read numbers that are written as text. */
function choicesOf(request: RequestTree): number {
  const configs = [request['generationConfig'], request['generation_config']].filter(isObject);
  const said = [request['n'], ...configs.flatMap((config) => [config['candidateCount'], config['candidate_count']])];
  const many = said.map((one) => (typeof one === 'string' ? Number(one) : one)).filter((one) => typeof one === 'number');
  const most = many.reduce((best, one) => (one > best ? one : best), 1);
  return Math.min(Math.ceil(most), choicesAtMost);
}
