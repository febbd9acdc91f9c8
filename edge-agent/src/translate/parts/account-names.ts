const hidden = '…';

/** Each names the account behind a service, or who pays for it; a caller of ours has no business with them. */
const patterns: readonly RegExp[] = [
  // Keys and tokens, also those that providers mask in part.
  /\b(?:sk|pk|rk|key|AIza|ya29|gsk|xai|AKIA|ASIA)[-_.]?[\w*.-]*(?:\*{3,}|[\w-]{12,})[\w*.-]*/g,
  // Ids with a telling beginning (OpenAI, Anthropic, Stripe, AWS).
  /\b(?:org|organization|proj|project|user|acct|account|wrkspc|ws|cus|sub|team|tenant)[-_](?=[\w-]*[\dx])[\w-]{3,}/gi,
  /\barn:aws[\w-]*:[^\s,;"')]+/g,
  /\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g,
  /\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/gi,
  // Google Cloud: in resource names, in addresses, and in sentences.
  /(?<=\b(?:projects|organizations|billingAccounts|folders)\/)[^\s/,;"')]+/g,
  /(?<=\b(?:project|project_number|projectNumber|organization|subscription|account)(?:=|:|%3D))[^\s&,;"')]+/gi,
  /(?<=\b(?:project|project number|organization|organisation|workspace|tenant|subscription|account)(?: id)? )(?:["'`«“][^"'`»”]{1,120}["'`»”]|\d{6,})/gi,
  /(?<=\b(?:project|organization|organisation|workspace|tenant|subscription|account)(?: name| id)?: ?)(?!https?:)[^\s,;)][^,;)\n]{0,80}/gi,
  // A resource of Azure is called as its customer wished.
  /(?<=https?:\/\/)[\w-]+(?=\.(?:openai\.azure|services\.ai\.azure|cognitiveservices\.azure)\.com)/g,
];

/** The words of a provider without what they say of the account that asked. */
export function withoutAccountNames(message: string): string {
  return patterns.reduce((text, pattern) => text.replaceAll(pattern, hidden), message);
}
