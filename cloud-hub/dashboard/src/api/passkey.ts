/** WebAuthn as the hub speaks it: JSON in both directions, which the browser itself turns into buffers and back. */
interface Parsers {
  parseCreationOptionsFromJSON?: (options: object) => PublicKeyCredentialCreationOptions;
  parseRequestOptionsFromJSON?: (options: object) => PublicKeyCredentialRequestOptions;
}

function parsers(): Parsers | null {
  const known = (globalThis as { PublicKeyCredential?: Parsers }).PublicKeyCredential;
  return known?.parseCreationOptionsFromJSON && known.parseRequestOptionsFromJSON ? known : null;
}

/** Whether this browser, at this address, can hold passkeys. */
export function hasPasskeys(): boolean {
  return parsers() !== null;
}

const told = (credential: Credential | null) => (credential as (Credential & { toJSON?: () => object }) | null)?.toJSON?.() ?? null;

/** Makes a passkey; null when the person let it be, or the device has one already. */
export async function makePasskey(options: object): Promise<object | null> {
  const publicKey = parsers()?.parseCreationOptionsFromJSON?.(options);
  return publicKey ? navigator.credentials.create({ publicKey }).then(told, () => null) : null;
}

/** Shows a passkey; null when the person let it be. */
export async function showPasskey(options: object): Promise<object | null> {
  const publicKey = parsers()?.parseRequestOptionsFromJSON?.(options);
  return publicKey ? navigator.credentials.get({ publicKey }).then(told, () => null) : null;
}
