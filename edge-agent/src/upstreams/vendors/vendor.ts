import type { Dialect } from '@aicarpool/shared-protocol';

/** A request as it would leave, and what a vendor needs to know to change it. */
export interface VendorRequest {
  readonly origin: string;
  /** With the path of the base URL before it and the query behind it. */
  readonly path: string;
  /** Flat: names in lower case, each followed by its value; the credential among them. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** What the account speaks. */
  readonly dialect: Dialect;
  readonly model: string;
  readonly stream: boolean;
  readonly secret: string;
  readonly nowMs: number;
}

/** Undoes a vendor's framing: bytes in any cut, bytes of the plain dialect out. */
export type Unwrap = (chunk: Buffer) => Buffer;

/** How a provider differs from the dialect that it speaks. Both are called only for services that name the vendor. */
export interface Vendor {
  /** Whatever it changes, the account's own base URL decides which machine is asked. */
  adaptRequest?(request: VendorRequest): VendorRequest | Promise<VendorRequest>;
  /** Made anew for every answer with a 2xx status; undefined: this answer needs none. */
  adaptAnswer?(stream: boolean, dialect: Dialect): Unwrap | undefined;
}
