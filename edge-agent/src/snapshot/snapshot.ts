import type {
  AuthMethod,
  AuthType,
  CredentialHeader,
  Dialect,
  Egress,
  Feature,
  GroupRouting,
  HealthRules,
  ModelEntry,
  ProxyResource,
  QuotaResource,
} from '@aicarpool/shared-protocol';

/**
 * What the control plane said, made ready for the hot path: immutable, in memory, answered by lookups alone.
 * A request pins one snapshot and keeps it to its end.
 */
export interface Snapshot {
  /** Of the config it was compiled from; with `version` it names that config. */
  readonly epoch: string;
  readonly version: number;
  readonly counts: { readonly keys: number; readonly groups: number };
  /** `hashHex` is the lower-case hex SHA-256 of the whole key text. */
  findKey(hashHex: string): KeyEntry | undefined;
  findGroup(groupId: string): GroupEntry | undefined;
  hasQuota(id: string): boolean;
  /** Scopes of which something was spoilt on disk and has not come again: what is missing there may well exist. */
  readonly damaged: ReadonlySet<string>;
}

export interface KeyEntry {
  readonly id: string;
  readonly userId: string;
  readonly groupId: string;
  readonly active: boolean;
  readonly expiresAtMs: number | null;
  /** null: whatever the group allows. */
  readonly restrictedModels: ReadonlySet<string> | null;
  /** null: from anywhere. An address that cannot be read is never allowed. */
  readonly allowsAddress: ((ip: string) => boolean) | null;
  readonly rateLimit: { readonly requests: number; readonly windowMs: number } | null;
  readonly tokenLimit: number | null;
  /** Wins over `restrictedModels`. */
  readonly deniesModel: (model: string) => boolean;
  readonly deniedFeatures: ReadonlySet<Feature>;
  readonly tokensPerMinute: number | null;
  readonly concurrency: number | null;
}

export interface GroupEntry {
  readonly id: string;
  readonly name: string;
  readonly status: 'draft' | 'active' | 'suspended' | 'closed';
  readonly failoverEnabled: boolean;
  /** IANA name: days and months of its quotas begin there. */
  readonly timeZone: string;
  /** True once the node has not heard from the control plane for longer than this group permits. */
  readonly isStale: (nowMs: number) => boolean;
  /** Enabled services in order of priority, whatever they speak; one that is not `active` stays in with its status. */
  readonly services: readonly ServiceRoute[];
  readonly routing: GroupRouting;
  readonly health: HealthRules;
  readonly limits: LimitSet;
  readonly memberLimits: LimitSet;
  readonly deniedFeatures: ReadonlySet<Feature>;
  /** Every quota of the group, in no order; which of them count a request is for `quota/` to say. */
  readonly quotas: readonly QuotaResource[];
  /** null: requests leave directly. */
  readonly egress: Egress | null;
  readonly findProxy: (proxyId: string) => ProxyEntry | undefined;
}

/** null: no such limit. */
export interface LimitSet {
  readonly requests: { readonly requests: number; readonly windowMs: number } | null;
  readonly tokensPerMinute: number | null;
  readonly concurrency: number | null;
}

/** A way out. Its password is opened in memory; undefined: this node cannot open it, and the proxy cannot be used. */
export interface ProxyEntry {
  readonly id: string;
  readonly type: ProxyResource['type'];
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: () => string | null | undefined;
  readonly maxConcurrent: number;
  readonly location: ProxyResource['location'];
}

export interface ServiceRoute {
  readonly service: ServiceEntry;
  readonly priority: number;
  readonly weight: number;
  /** Whitelist minus blacklist of the group for this service. */
  readonly allowsModel: (model: string) => boolean;
  readonly authMethod: AuthMethod;
  /** The name by which this service knows what the caller calls `model`; undefined: no alias says anything. */
  readonly aliasOf: (model: string) => string | undefined;
  /** What callers may say for it besides the service's own names: aliases without a wild card. */
  readonly aliasNames: readonly string[];
  readonly proxyEnabled: boolean;
  /** Active ones, by priority, then by id. */
  readonly upstreams: readonly UpstreamEntry[];
}

export interface ServiceEntry {
  readonly id: string;
  readonly status: 'active' | 'inactive' | 'maintenance';
  /** The path between base URL and native path, per dialect that the service speaks; '' is none. */
  readonly pathPrefix: ReadonlyMap<Dialect, string>;
  /** Folder of `upstreams/vendors` that knows this provider's ways; '' is none. */
  readonly vendor: string;
  /** A free GET for health checks; null: a connection is all that is tried. */
  readonly modelsPath: string | null;
  readonly usageInStreams: boolean;
  readonly defaultHeaders: Readonly<Record<string, string>>;
  readonly onClientGone: 'abort' | 'drain';
  /** Listed, or matching one of the patterns. */
  readonly knowsModel: (model: string) => boolean;
  /** Exact, else the longest listed name that ends at a '-', '@' or ':' of `model`. */
  readonly findModel: (model: string) => ModelEntry | undefined;
  readonly models: readonly ModelEntry[];
}

export interface UpstreamEntry {
  readonly id: string;
  readonly name: string;
  readonly serviceId: string;
  /** The account's, else the service's; without a slash at its end. */
  readonly baseUrl: string;
  readonly authType: AuthType;
  readonly credentialHeader: CredentialHeader;
  /** The credential, opened in memory; undefined: this node cannot open it. */
  readonly secret: () => string | undefined;
  readonly priority: number;
  readonly weight: number;
  /** The member whose own account it is; null: shared by the group. */
  readonly ownerId: string | null;
  readonly concurrency: number | null;
  /** The proxy it leaves through whatever the group says; null: as the group says. */
  readonly proxyId: string | null;
  readonly expiresAtMs: number | null;
}
