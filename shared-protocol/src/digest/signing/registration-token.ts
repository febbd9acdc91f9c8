/** The parts of `ng1.<pin>.<id>.<secret>`. */
export interface RegistrationToken {
  /** SHA-256 of the control plane's public signing key (SPKI, DER), 64 hex digits. */
  readonly pin: string;
  /** Names the registration; no secret. */
  readonly id: string;
  /** 256 random bits, base64url. */
  readonly secret: string;
}

const shape = /^ng1\.([0-9a-f]{64})\.(reg_[0-9a-z]{1,60})\.([A-Za-z0-9_-]{43})$/;

/** Reads a registration token; undefined when it is none, or one that names no control plane. */
export function readRegistrationToken(text: string): RegistrationToken | undefined {
  const [, pin, id, secret] = shape.exec(text.trim()) ?? [];
  return pin === undefined || id === undefined || secret === undefined ? undefined : { pin, id, secret };
}

export function writeRegistrationToken({ pin, id, secret }: RegistrationToken): string {
  return `ng1.${pin}.${id}.${secret}`;
}
